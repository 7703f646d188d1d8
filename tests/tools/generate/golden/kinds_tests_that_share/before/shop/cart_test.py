from shop.base_test import Base
