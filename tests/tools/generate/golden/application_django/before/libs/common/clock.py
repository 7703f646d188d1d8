import time


def now():
    return time.monotonic()
