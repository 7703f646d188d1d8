from google.cloud import storage
import google.cloud.storage_v1.types
import google.api_core
import google
import google.cloud
from google.cloud.storage import Client
