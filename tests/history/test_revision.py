import pytest

from detcov.history.revision import Commit, day_of, end_of_day


@pytest.mark.parametrize(
    ("seconds", "day"),
    [
        (0, "1970-01-01"),
        (-1, "1969-12-31"),
        (1_778_198_399, "2026-05-07"),
        (1_778_198_400, "2026-05-08"),
        # What no calendar has: git keeps any number of seconds.
        (253_402_300_800, "9999-12-31"),
        (2**63, "9999-12-31"),
        (-(2**63), "0001-01-01"),
    ],
)
def test_every_number_of_seconds_has_a_day(seconds, day):
    assert day_of(seconds) == day
    assert Commit(sha="0" * 40, time=seconds).day == day


@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01", "2026-05-07", "9999-12-31"])
def test_the_end_of_a_day_is_of_that_day(day):
    end = end_of_day(day)
    assert end is not None
    assert day_of(end) == day
    assert day == "9999-12-31" or day_of(end + 1) != day
