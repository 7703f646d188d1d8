"""Verification: does everything in the image find what it needs, and what to do where it does not."""
