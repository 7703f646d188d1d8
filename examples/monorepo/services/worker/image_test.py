"""Asks the worker for bills; run by the image's own interpreter beside the worker."""

# distroless:port 8080

import json
import os
import unittest
from urllib.error import HTTPError
from urllib.request import urlopen

BASE_URL = os.environ["BASE_URL"]


def post(order: object) -> dict[str, str]:
    with urlopen(f"{BASE_URL}/", json.dumps(order).encode()) as answer:
        return json.load(answer)


class WorkerTest(unittest.TestCase):
    def test_an_order_is_billed(self) -> None:
        bill = post({"customer": "Ann", "lines": [{"count": 3, "price": "9.99 EUR"}]})
        self.assertEqual(bill["total"], "29.97 EUR")
        self.assertTrue(bill["number"].startswith("ann-"))
        with urlopen(f"{BASE_URL}/") as answer:
            self.assertEqual(json.load(answer), {"bills": 1})

    def test_a_bad_order_is_refused(self) -> None:
        with self.assertRaises(HTTPError) as refused:
            post({"customer": "Ann", "lines": []})
        self.assertEqual(refused.exception.code, 400)
        self.assertEqual(json.load(refused.exception), {"error": "an order needs a line"})


if __name__ == "__main__":
    unittest.main()
