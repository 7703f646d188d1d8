"""File formats: bytes in, records out. No policy."""
