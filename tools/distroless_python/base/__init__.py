"""A base image from Debian packages, and what any base image is like."""
