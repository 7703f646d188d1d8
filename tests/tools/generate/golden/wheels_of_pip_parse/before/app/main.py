import requests
import ruamel.yaml
from google.cloud import storage
import yaml
