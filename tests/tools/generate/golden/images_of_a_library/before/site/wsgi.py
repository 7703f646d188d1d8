from flask import Flask
application = Flask("site")
