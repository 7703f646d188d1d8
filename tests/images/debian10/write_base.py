"""Writes the stand-in for distroless' debian10 image into a directory."""

import sys
from pathlib import Path

from support import debian10

debian10.write(Path(sys.argv[1]))
