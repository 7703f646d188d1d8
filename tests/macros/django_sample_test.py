"""A test that needs Django's runner: its settings, and its client."""

from django.test import SimpleTestCase


class PagesTest(SimpleTestCase):
    def test_index_says_hello(self) -> None:
        assert self.client.get("/").content == b"Hello World"

    def test_future_is_a_picture(self) -> None:
        assert self.client.get("/future")["Content-Type"] == "image/png"
