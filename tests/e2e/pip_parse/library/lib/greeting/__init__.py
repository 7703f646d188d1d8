"""A word from a data file of the library's own module."""

from pathlib import Path


def word() -> str:
    return (Path(__file__).parent / "words.txt").read_text().strip()
