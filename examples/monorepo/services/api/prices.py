"""What things cost."""

from money import Amount
from pydantic import BaseModel, PositiveInt

PRICES = {"tea": Amount(250), "coffee": Amount(320), "cake": Amount(415)}


class Cart(BaseModel):
    """Names of things, and how many of each."""

    items: dict[str, PositiveInt]


def total(cart: Cart) -> Amount:
    """What a cart of known things costs."""
    return sum((PRICES[name] * count for name, count in cart.items.items()), Amount(0))
