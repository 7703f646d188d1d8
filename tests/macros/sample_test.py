"""A test that unittest_test has to find and run."""

import os
import unittest


class SampleTest(unittest.TestCase):
    def test_it_runs_under_bazel(self) -> None:
        assert os.environ["TEST_TARGET"] == "//tests/macros:unittest_test"
