"""Runs the program in its image, by the image's own interpreter."""

import subprocess
import sys
import unittest


class HelloTest(unittest.TestCase):
    def test_it_says_hello_and_where_from(self) -> None:
        result = subprocess.run(
            [sys.executable, "/app/_main/examples/hello/hello.py"], stdout=subprocess.PIPE, text=True
        )
        self.assertRegex(result.stdout, r"^Hello from Python 3\.13\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
