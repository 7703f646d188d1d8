import re


def slug(value):
    return re.sub(r"\W+", "-", value.lower()).strip("-")
