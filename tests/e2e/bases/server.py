"""Says which Python it runs in."""

import sys

print(".".join(map(str, sys.version_info[:2])), "hello")
