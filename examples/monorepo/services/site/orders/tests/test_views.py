import pytest

from orders.tests.factories import make_order


@pytest.mark.django_db
def test_an_order_is_shown_with_its_total(client):
    order = make_order(tea=(250, 2), cake=(415, 1))
    answer = client.get(f"/orders/{order.pk}/").json()
    assert answer["customer"] == "Ann"
    assert answer["total"] == "9.15 EUR"


@pytest.mark.django_db
def test_no_order_is_no_page(client):
    assert client.get("/orders/1/").status_code == 404
