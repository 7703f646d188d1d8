import sys
if sys.version_info < (3, 11):
    import tomli as tomllib
else:
    import tomllib
if sys.platform == "win32":
    import winloop
