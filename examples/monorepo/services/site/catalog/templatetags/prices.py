"""Prices in templates."""

from django import template
from money import Amount

register = template.Library()


@register.filter
def price(amount: Amount) -> str:
    number, _, currency = str(amount).partition(" ")
    return f"€ {number}" if currency == "EUR" else str(amount)
