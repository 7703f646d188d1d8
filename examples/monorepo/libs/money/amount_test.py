import pytest

from money import Amount, CurrencyMismatch


def test_reading_is_the_opposite_of_writing():
    for text in ["0.00 EUR", "12.30 EUR", "-0.05 USD", "1000000.99 CHF"]:
        assert str(Amount.parse(text)) == text


def test_halves_of_a_cent_go_up():
    assert Amount.parse("0.005") == Amount(1)


def test_sums():
    assert Amount(250) * 2 + Amount(5) == Amount(505)
    with pytest.raises(CurrencyMismatch, match="have no sum"):
        Amount(1, "EUR") + Amount(1, "USD")


def test_other_texts_are_no_amounts():
    with pytest.raises(ValueError, match="is not a valid amount"):
        Amount.parse("twelve EUR")
