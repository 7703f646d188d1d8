import requests
name = "café"
