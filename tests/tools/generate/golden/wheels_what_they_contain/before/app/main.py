import yaml
import dateutil.parser
from attr import define
import requests.adapters
