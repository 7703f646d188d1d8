from shop.conftest import thing
