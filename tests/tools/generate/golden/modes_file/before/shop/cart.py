from shop import prices
from . import orders
import common
