def f():
    import requests
class C:
    import yaml
for _ in ():
    import attrs
while False:
    import dateutil.parser
else:
    import flask
async def g():
    async with x:
        import django.conf
match 1:
    case 1:
        import boto3
from lib.text import *
with open("x") as y:
    import lib.numbers
