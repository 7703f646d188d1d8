"""Imports every module of the standard library, and names those that are not there."""

import importlib
import sys
import warnings

warnings.simplefilter("ignore")
MISSING = []
for name in sorted(sys.stdlib_module_names - {"antigravity", "this", "idlelib"}):
    try:
        importlib.import_module(name)
    except ImportError as error:
        if "dynamic" in str(error) or ".so" in str(error):
            raise  # a library that it needs is gone, and it is not
        MISSING.append(name)
print(f"imported {len(sys.stdlib_module_names) - len(MISSING)} modules; missing: {' '.join(MISSING)}")
