"""Uses a wheel that was built from source and that links a C library of the system."""

import ldap
import ldap.dn

assert ldap.dn.explode_dn("cn=a,dc=example,dc=com") == ["cn=a", "dc=example", "dc=com"]
try:
    ldap.initialize("ldap://127.0.0.1:1").simple_bind_s()
except ldap.SERVER_DOWN:
    print("ldap", ldap.__version__, "speaks", ldap.VENDOR_VERSION)
