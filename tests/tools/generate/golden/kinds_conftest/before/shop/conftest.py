from shop.fixtures import cart
pytest_plugins = ["shop.plugin"]
