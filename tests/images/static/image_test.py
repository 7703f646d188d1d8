"""The style sheet that the page names is there, under its hashed name, compressed for who takes it so."""

import os
import re
import unittest
import urllib.request

BASE = os.environ["BASE_URL"]


class StaticTest(unittest.TestCase):
    def test_the_page_names_a_file_that_is_served(self) -> None:
        name = urllib.request.urlopen(BASE).read().decode()
        assert re.fullmatch(r"/static/shop/style\.[0-9a-f]{12}\.css", name), name
        answer = urllib.request.urlopen(urllib.request.Request(f"{BASE}{name}", headers={"Accept-Encoding": "gzip"}))
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        plain = urllib.request.urlopen(f"{BASE}{name}").read().decode()
        assert re.search(r'url\("dot\.[0-9a-f]{12}\.svg"\)', plain), plain


if __name__ == "__main__":
    unittest.main()
