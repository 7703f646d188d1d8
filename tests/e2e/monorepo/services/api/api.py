"""A service that answers requests."""

from flask import Flask
from libs.common.page import page

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return str(page("<api>"))
