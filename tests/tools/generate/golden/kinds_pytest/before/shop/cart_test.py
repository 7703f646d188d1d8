from shop.cart import Cart
def test_cart(mocker): assert Cart()
