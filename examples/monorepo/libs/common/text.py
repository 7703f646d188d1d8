"""Text for addresses."""

import re
import unicodedata


def slug(text: str) -> str:
    """A text in lower-case ASCII with hyphens: `Crème brûlée` is `creme-brulee`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
