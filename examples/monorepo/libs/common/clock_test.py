from datetime import datetime, timedelta, timezone

from common.clock import now, stamp


def test_now_is_utc():
    assert now().tzinfo is timezone.utc


def test_a_stamp_is_utc_whatever_the_moment_says():
    moment = datetime(2024, 2, 29, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert stamp(moment) == "2024-03-01T01:30:00Z"
