from flask import Flask
application = Flask("one")
