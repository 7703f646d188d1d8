"""Makes what tests need."""

from catalog.models import Product

from orders.models import Order


def make_order(customer: str = "Ann", **products: tuple[int, int]) -> Order:
    """An order of products: each name with its cents and how many are wanted."""
    order = Order.objects.create(customer=customer)
    for name, (cents, count) in products.items():
        order.lines.create(product=Product.objects.create(name=name, cents=cents), count=count)
    return order
