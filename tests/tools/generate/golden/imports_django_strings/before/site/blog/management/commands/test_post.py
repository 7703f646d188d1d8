import pytest


def test_post():
    pass
