import requests
import dateutil
import yaml
