import shop.cart
if __name__ == "__main__": print()
