"""Building a wheel from a source distribution, in a root of Debian packages, without network."""
