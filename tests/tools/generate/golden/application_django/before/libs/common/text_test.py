from common.text import slug


def test_slug():
    assert slug("What? Now!") == "what-now"
