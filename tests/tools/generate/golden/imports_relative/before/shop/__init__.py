from .cart import Cart
from . import prices
