import shop.deep.code
