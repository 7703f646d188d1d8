"""Prints what it sees of its wheels, its data and its generated sources; each was once a way to break."""

import importlib.metadata
import json
import sys
from pathlib import Path

import alabaster
import flask
import greeting
import imagesize
import markupsafe._speedups
import page
import requests
import socks
import sphinx.application
import sphinxcontrib.serializinghtml
import zope.event
import zope.interface

seen = {
    "copied": (Path(alabaster.__file__).parent / "copied.html").exists(),
    "flask": flask.Flask(__name__).name,
    "generated": page.PAGE,
    "greeting": greeting.word(),
    "patched": imagesize.PATCHED,
    "python": ".".join(map(str, sys.version_info[:2])),
    "requests": requests.__name__,
    "settings": json.loads(Path("settings.json").read_text()),
    "socks": socks.__name__,
    "speedups": markupsafe._speedups.__name__,
    "sphinx": sphinx.application.__name__,
    "sphinxcontrib": sphinxcontrib.serializinghtml.__name__,
    "version": importlib.metadata.version("flask"),
    "zope": [zope.event.__name__, zope.interface.__name__],
}
print(json.dumps(seen, indent=2, sort_keys=True))
