"""Runs pytest under Bazel's test protocol."""

from __future__ import annotations

import os
import sys

import pytest


def main(arguments: list[str]) -> int:
    options = ["-p", "no:cacheprovider", "--import-mode=importlib", "-ra"]
    if "TESTBRIDGE_TEST_ONLY" in os.environ:
        options += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    if "XML_OUTPUT_FILE" in os.environ:
        options += [f"--junitxml={os.environ['XML_OUTPUT_FILE']}"]
    if "TEST_TMPDIR" in os.environ:
        options += [f"--basetemp={os.environ['TEST_TMPDIR']}/pytest"]
    return int(pytest.main(options + arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
