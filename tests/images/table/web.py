"""A Flask site, for gunicorn to serve."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "Hello World"


@app.get("/sum")
def add() -> object:
    return jsonify(sum=request.args.get("a", type=int) + request.args.get("b", type=int))
