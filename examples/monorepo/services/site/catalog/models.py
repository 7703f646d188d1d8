"""Things that are sold."""

from common.text import slug
from django.db import models
from money import Amount


class Product(models.Model):
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    cents = models.PositiveIntegerField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Amount:
        return Amount(self.cents)

    def set_slug(self) -> None:
        """Gives it an address, if it has none."""
        self.slug = self.slug or slug(self.name)
