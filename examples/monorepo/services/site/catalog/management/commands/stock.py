"""`manage.py stock "Green tea=2.50 EUR" …`: puts products into the catalog."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from money import Amount

from catalog.models import Product


class Command(BaseCommand):
    help = "Puts products into the catalog."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("products", nargs="+", metavar="NAME=PRICE")

    def handle(self, *args: Any, **options: Any) -> None:
        for text in options["products"]:
            name, _, price = text.partition("=")
            try:
                Product.objects.create(name=name, cents=Amount.parse(price).cents)
            except ValueError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{len(options['products'])} products")
