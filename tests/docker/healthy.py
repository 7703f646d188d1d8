"""A program without a port that is healthy once its volume can be written; `--check` is its health check."""

from __future__ import annotations

import sys
import time
from pathlib import Path

ALIVE = Path("/tmp/alive")


def main() -> int:
    if "--check" in sys.argv:
        return 0 if ALIVE.exists() else 1
    ALIVE.touch()
    print("alive")
    time.sleep(600)
    return 0


if __name__ == "__main__":
    sys.exit(main())
