import yaml
from google.cloud import storage
