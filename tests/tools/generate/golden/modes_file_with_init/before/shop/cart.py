from shop import VERSION
from shop import prices
