def test_a_cart_is_added_up(client):
    answer = client.post("/carts", json={"items": {"tea": 2, "cake": 1}})
    assert (answer.status_code, answer.json()) == (200, {"total": "9.15 EUR"})


def test_unknown_things_have_no_price(client):
    assert client.get("/prices/soup").status_code == 404
    answer = client.post("/carts", json={"items": {"soup": 1}})
    assert (answer.status_code, answer.json()) == (422, {"detail": "nothing is called soup"})


def test_a_cart_has_positive_counts(client):
    assert client.post("/carts", json={"items": {"tea": 0}}).status_code == 422
