"""Asks the site in its image for pages; run by the image's own interpreter beside gunicorn.

A deployment migrates its database before: `manage.py migrate` in a container of the same image. Here the test does.
"""

import os
import subprocess
import sys
import unittest
from urllib.error import HTTPError
from urllib.request import urlopen

BASE_URL = os.environ["BASE_URL"]
MANAGE = "/app/_main/examples/monorepo/services/site/manage.py"


def manage(*arguments: str) -> str:
    """What a management command of the image says."""
    return subprocess.run([sys.executable, MANAGE, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


class SiteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        manage("migrate", "--verbosity=0")
        assert manage("stock", "Green tea=2.50 EUR", "Cake=4.15 EUR") == "2 products\n"

    def test_the_index_lists_what_is_in_stock(self) -> None:
        with urlopen(f"{BASE_URL}/") as answer:
            page = answer.read().decode()
        self.assertIn("<h1>Corner shop</h1>", page)
        self.assertLess(page.index(">Cake</a> € 4.15"), page.index(">Green tea</a> € 2.50"))

    def test_a_product_has_a_page(self) -> None:
        with urlopen(f"{BASE_URL}/products/green-tea/") as answer:
            self.assertIn("<h2>Green tea</h2>", answer.read().decode())

    def test_what_is_not_there_is_not_found(self) -> None:
        with self.assertRaises(HTTPError) as refused:
            urlopen(f"{BASE_URL}/orders/1/")
        self.assertEqual(refused.exception.code, 404)

    def test_migrations_and_models_agree(self) -> None:
        self.assertIn("No changes detected", manage("makemigrations", "--check", "--dry-run"))


if __name__ == "__main__":
    unittest.main()
