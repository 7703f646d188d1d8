"""`init`: from an empty folder or a checkout to a workspace with locks and BUILD files."""
