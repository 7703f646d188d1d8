from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase

from catalog.models import Product


class PagesTest(TestCase):
    fixtures = ("catalog.json",)

    def test_the_index_lists_products_with_their_prices(self):
        response = self.client.get("/")
        self.assertContains(response, '<a href="/products/green-tea/">Green tea</a> € 2.50')
        self.assertContains(response, "<title>Corner shop</title>")
        self.assertRegex(response["X-Served-At"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_product_has_a_page(self):
        self.assertContains(self.client.get("/products/green-tea/"), "<h2>Green tea</h2>")
        self.assertEqual(self.client.get("/products/soup/").status_code, 404)


class StockTest(TestCase):
    def test_products_are_put_into_the_catalog(self):
        said = StringIO()
        call_command("stock", "Crème brûlée=4.15 EUR", stdout=said)
        self.assertEqual(said.getvalue(), "1 products\n")
        self.assertEqual(Product.objects.get().slug, "creme-brulee")

    def test_a_wrong_price_is_an_error(self):
        with self.assertRaisesMessage(CommandError, "'dear' is not a valid amount"):
            call_command("stock", "Cake=dear")
