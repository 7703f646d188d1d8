"""`bazel run //tools:affected -- --from REV`: which images a change touches."""

import sys

from distroless_python.affected.main import main

if __name__ == "__main__":
    sys.exit(main())
