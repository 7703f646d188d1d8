from shop.prices import x
