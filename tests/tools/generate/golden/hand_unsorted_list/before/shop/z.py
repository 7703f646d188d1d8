import requests
import attrs
