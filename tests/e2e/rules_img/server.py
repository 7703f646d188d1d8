"""Prints what its wheel escapes."""

import sys

import markupsafe

print(markupsafe.escape(" ".join(["<hello>", *sys.argv[1:]])))
