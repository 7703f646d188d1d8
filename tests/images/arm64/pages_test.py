"""Asks the running image for its pages; run by the image's own interpreter, with BASE_URL set."""

import os
import platform
import unittest
from urllib.request import urlopen


class PagesTest(unittest.TestCase):
    def test_it_is_arm64(self) -> None:
        assert platform.machine() == "aarch64"

    def test_pages(self) -> None:
        for page, start in (("/", b"Hello World"), ("/future", b"\x89PNG\r\n\x1a\n")):
            with urlopen(os.environ["BASE_URL"] + page) as answer:
                assert (answer.status, answer.read(len(start))) == (200, start)


if __name__ == "__main__":
    unittest.main()
