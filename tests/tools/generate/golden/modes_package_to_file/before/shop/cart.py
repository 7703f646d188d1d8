from shop.prices import table
