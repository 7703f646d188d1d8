import logging
from typing import Any
import app.logging
