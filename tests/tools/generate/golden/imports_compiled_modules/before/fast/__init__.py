from . import _speed
import fast._speed
import fast._slow
from fast import _slow
