"""Layers: wheels, first-party files and Debian packages become deterministic tar layers of gzip members."""
