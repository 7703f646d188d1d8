"""Container engines of this machine, which images are loaded into."""
