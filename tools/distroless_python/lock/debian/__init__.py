"""Locks of Debian packages: which .deb files a base is made of."""
