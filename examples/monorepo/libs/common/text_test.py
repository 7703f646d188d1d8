import pytest

from common.text import slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Crème brûlée", "creme-brulee"), ("  What? Now! ", "what-now"), ("...", "")],
)
def test_slug(text, expected):
    assert slug(text) == expected
