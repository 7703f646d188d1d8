"""Python's packaging: names, versions, markers, tags and the files of a .dist-info directory."""
