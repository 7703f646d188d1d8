"""Prints a greeting from a file of the image, escaped by a wheel."""

import json
from pathlib import Path

import markupsafe

print(markupsafe.escape(json.loads(Path("/etc/greeting/settings.json").read_text())["greeting"]))
