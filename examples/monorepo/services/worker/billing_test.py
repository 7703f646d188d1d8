from datetime import datetime, timezone

import billing
import pytest
from billing import BadOrder, Bill

NOON = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)


def test_a_bill_has_number_total_and_time(monkeypatch):
    monkeypatch.setattr(billing, "now", lambda: NOON)
    order = {
        "customer": "Zoë & Söhne",
        "lines": [{"count": 2, "price": "1.50 EUR"}, {"count": 1, "price": "0.05 EUR"}],
    }
    assert Bill.of(order).as_json() == {
        "number": "zoe-sohne-20240229120000",
        "total": "3.05 EUR",
        "at": "2024-02-29T12:00:00Z",
    }


@pytest.mark.parametrize(
    "order",
    [
        [],
        {"customer": "Ann"},
        {"customer": "Ann", "lines": []},
        {"customer": "Ann", "lines": [{"count": 1, "price": "one"}]},
        {"customer": "Ann", "lines": [{"count": 1, "price": "1 EUR"}, {"count": 1, "price": "1 USD"}]},
    ],
)
def test_other_orders_are_bad(order):
    with pytest.raises(BadOrder):
        Bill.of(order)
