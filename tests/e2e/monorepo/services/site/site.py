"""A service that renders templates; flask is the one of the api."""

import flask
import jinja2
from libs.common.page import page

print(jinja2.Template("<h1>{{ page }}</h1>").render(page=page("site")), flask.__name__)
