from lib.text import slug
from lib.text import lower
from lib import text
import lib.numbers.roman
