from __future__ import annotations
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from common.money import Money
    import requests
if typing.TYPE_CHECKING:
    import attrs
else:
    import yaml
if not TYPE_CHECKING:
    import flask
def get():
    import requests
