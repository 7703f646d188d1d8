"""A program, for analysis."""
