"""Amounts of money."""

from money.amount import Amount, CurrencyMismatch

__all__ = ["Amount", "CurrencyMismatch"]
