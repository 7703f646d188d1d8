from shop.cart import Cart
if __name__ == "__main__": print()
