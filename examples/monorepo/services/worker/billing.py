"""What an order costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.clock import now, stamp
from common.text import slug
from money import Amount


class BadOrder(ValueError):
    """An order that cannot be billed."""


@dataclass(frozen=True)
class Bill:
    number: str
    total: Amount
    at: datetime

    @classmethod
    def of(cls, order: Any) -> Bill:
        """The bill of `{"customer": "Ann", "lines": [{"count": 2, "price": "1.50 EUR"}]}`.

        Raises:
            BadOrder: it is not a valid order.
        """
        try:
            amounts = [Amount.parse(line["price"]) * line["count"] for line in order["lines"]]
            if not amounts:
                raise BadOrder("an order needs a line")
            at = now()
            return cls(f"{slug(order['customer'])}-{at:%Y%m%d%H%M%S}", sum(amounts[1:], amounts[0]), at)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadOrder(f"no order: {error!r}") from error
        except ValueError as error:
            raise BadOrder(str(error)) from error

    def as_json(self) -> dict[str, str]:
        return {"number": self.number, "total": str(self.total), "at": stamp(self.at)}
