"""Asks the API in its image; run by the image's own interpreter beside the server."""

import json
import os
import unittest
from urllib.request import Request, urlopen

BASE_URL = os.environ["BASE_URL"]


class ApiTest(unittest.TestCase):
    def test_it_is_up(self) -> None:
        with urlopen(f"{BASE_URL}/") as answer:
            self.assertEqual(json.load(answer)["status"], "ok")

    def test_a_cart_is_added_up(self) -> None:
        body = json.dumps({"items": {"coffee": 2}}).encode()
        with urlopen(Request(f"{BASE_URL}/carts", body, {"Content-Type": "application/json"})) as answer:
            self.assertEqual(json.load(answer), {"total": "6.40 EUR"})


if __name__ == "__main__":
    unittest.main()
