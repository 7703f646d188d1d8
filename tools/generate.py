"""`bazel run //tools:generate`: BUILD files from Python sources."""

import sys

from distroless_python.generate.main import main

if __name__ == "__main__":
    sys.exit(main())
