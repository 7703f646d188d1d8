"""What customers want."""

from catalog.models import Product
from django.db import models
from money import Amount


class Order(models.Model):
    customer = models.CharField(max_length=100)
    made = models.DateTimeField(auto_now_add=True)

    @property
    def total(self) -> Amount:
        return sum((line.product.price * line.count for line in self.lines.all()), Amount(0))


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    count = models.PositiveIntegerField(default=1)
