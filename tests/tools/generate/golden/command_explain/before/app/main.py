from shop.cart import Cart
from shop import cart
if __name__ == "__main__": print()
