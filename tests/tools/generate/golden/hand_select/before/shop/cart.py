import requests
import flask
import yaml
