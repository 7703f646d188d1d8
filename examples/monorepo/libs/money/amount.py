"""An amount in a currency, counted in cents: no fractions get lost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


class CurrencyMismatch(ValueError):
    """Amounts of two currencies have no sum."""


@dataclass(frozen=True, order=True)
class Amount:
    cents: int
    currency: str = "EUR"

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Reads `12.30 EUR`.

        Raises:
            ValueError: the text is not such an amount.
        """
        number, _, currency = text.strip().partition(" ")
        try:
            cents = (Decimal(number) * 100).quantize(Decimal(1), ROUND_HALF_UP)
        except ArithmeticError:
            raise ValueError(f"{text!r} is not a valid amount: write 12.30 EUR") from None
        return cls(int(cents), currency or "EUR")

    def __add__(self, other: Amount) -> Amount:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} have no sum")
        return Amount(self.cents + other.cents, self.currency)

    def __mul__(self, count: int) -> Amount:
        return Amount(self.cents * count, self.currency)

    def __str__(self) -> str:
        sign = "-" * (self.cents < 0)
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02} {self.currency}"
