"""Locks: requirements by pip-tools, wheels for every image, Debian packages. For developers' machines, not actions."""
