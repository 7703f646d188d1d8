"""Which Debian package has which library, a module a release."""
