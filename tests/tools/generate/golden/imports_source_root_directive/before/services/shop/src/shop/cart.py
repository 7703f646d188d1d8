import shop.prices.table
