"""What happens to products without anybody asking; imported when the app is ready."""

from typing import Any

from django.db.models.signals import pre_save
from django.dispatch import receiver

from .models import Product


@receiver(pre_save, sender=Product)
def give_slug(instance: Product, **_: Any) -> None:
    instance.set_slug()
