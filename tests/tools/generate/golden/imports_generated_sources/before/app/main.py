from app.version import VERSION
from app.protos.order_pb2 import Order
from app.protos import order_pb2_grpc
