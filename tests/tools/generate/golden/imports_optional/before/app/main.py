import contextlib
try:
    import ujson as json
except ImportError:
    import json
try:
    import yaml
except (ImportError, AttributeError):
    yaml = None
with contextlib.suppress(ImportError):
    import uvloop
try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib
