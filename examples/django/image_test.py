"""Asks the running image for its pages; run by the image's own interpreter, with BASE_URL set."""

import os
import struct
import unittest
from urllib.request import urlopen

BASE_URL = os.environ["BASE_URL"]


class PagesTest(unittest.TestCase):
    def test_index_says_hello(self) -> None:
        with urlopen(f"{BASE_URL}/") as answer:
            self.assertEqual((answer.status, answer.read()), (200, b"Hello World"))

    def test_future_is_a_picture(self) -> None:
        with urlopen(f"{BASE_URL}/future") as answer:
            self.assertEqual(answer.headers["Content-Type"], "image/png")
            head = answer.read(24)
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", head[16:24]), (500, 300))

    def test_there_is_no_shell(self) -> None:
        self.assertFalse(os.path.exists("/bin/sh"))


if __name__ == "__main__":
    unittest.main()
