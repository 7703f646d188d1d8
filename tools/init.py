"""`bazel run //tools:init`: makes a checkout a workspace with locks and BUILD files."""

import sys

from distroless_python.init.main import main

if __name__ == "__main__":
    sys.exit(main())
