"""A library, for analysis."""
