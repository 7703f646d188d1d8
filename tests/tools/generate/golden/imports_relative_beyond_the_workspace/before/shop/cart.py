from ....lib import money
from .pricse import table
from . import helpers
