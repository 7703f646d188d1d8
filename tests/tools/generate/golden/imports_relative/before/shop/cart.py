from ..common.money import Money
from .prices import table
from .prices.table import TABLE
from . import __doc__
