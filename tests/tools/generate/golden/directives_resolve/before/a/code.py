import magic
import magic.deep.er
import requests
from proto.order_pb2 import Order
import local
