import json
import c.three
