"""What is there: sources, BUILD files, settings and locks."""
