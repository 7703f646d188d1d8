"""The BUILD files."""
