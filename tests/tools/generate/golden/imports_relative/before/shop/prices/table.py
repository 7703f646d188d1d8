import json
from ... import common
