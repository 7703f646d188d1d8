"""Runs unittest, or Django's test runner, on the files named on the command line, under Bazel's test protocol."""

from __future__ import annotations

import importlib.util
import os
import sys
import unittest
from pathlib import Path


def tests_of(files: list[str]) -> unittest.TestSuite:
    """The tests of some files, each imported by its path under the name of its file; those the filter names, if any."""
    loader = unittest.TestLoader()
    wanted = os.environ.get("TESTBRIDGE_TEST_ONLY")
    if wanted:
        loader.testNamePatterns = [wanted if "*" in wanted else f"*{wanted}*"]
    suite = unittest.TestSuite()
    for file in files:
        name = Path(file).stem
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise SystemExit(f"error: {file}: no Python file; `srcs` of a unittest_test are .py files")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        suite.addTests(loader.loadTestsFromModule(module))
    return suite


def main(arguments: list[str]) -> int:
    django = "DJANGO_SETTINGS_MODULE" in os.environ
    if django:
        import django as framework

        framework.setup()
    suite = tests_of([argument for argument in arguments if argument.endswith(".py")])
    if not suite.countTestCases():
        print("error: no test was found; a TestCase's methods start with test_", file=sys.stderr)
        return 1
    if not django:
        return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=2, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        result = runner.run_suite(suite)
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()
    return runner.suite_result(suite, result)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
