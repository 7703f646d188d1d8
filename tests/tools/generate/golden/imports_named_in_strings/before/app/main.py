import importlib
from importlib import import_module
import_module("plugins.csv")
importlib.import_module("plugins.json_lines", package=None)
__import__("yaml")
name = "plugins.xml"
import_module(name)
