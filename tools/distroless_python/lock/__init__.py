"""Locks: requirements by pip-tools, wheels for every image, Debian packages. Runs on developers' machines, not in actions."""
