import requests
import six.moves
