"""Writes a Python module from a template: a generator as teams have them."""

import sys
from pathlib import Path

import jinja2

TEMPLATE = '"""Generated."""\n\nPAGE = {{ page | tojson }}\n'

Path(sys.argv[1]).write_text(jinja2.Template(TEMPLATE).render(page="<h1>generated</h1>"))
