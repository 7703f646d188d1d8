"""Registries, which images are pushed to."""
