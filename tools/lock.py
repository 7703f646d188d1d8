"""`bazel run //tools:lock`: requirements, wheels and Debian packages, locked."""

import sys

from distroless_python.lock.main import main

if __name__ == "__main__":
    sys.exit(main())
