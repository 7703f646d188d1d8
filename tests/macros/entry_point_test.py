"""py_entry_point: the function runs with the command line, and the program exits with what it returns."""

import subprocess
import unittest


class EntryPointTest(unittest.TestCase):
    def test_it_calls_the_function(self) -> None:
        ran = subprocess.run(["tests/macros/greet", "you"], capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.returncode) == ("hello you\n", 3), ran.stderr
