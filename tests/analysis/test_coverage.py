"""Ratios are never rounded to a lie."""

import pytest

from detcov.analysis.coverage import Ratio


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 0, "n/a"),
        (0, 1, "0 %"),
        (0, 1000, "0 %"),
        (1, 1000, "<1 %"),
        (4, 1000, "<1 %"),
        (5, 1000, "<1 %"),
        (6, 1000, "1 %"),
        (1, 3, "33 %"),
        (2, 3, "67 %"),
        (408, 601, "68 %"),
        (994, 1000, "99 %"),
        (996, 1000, ">99 %"),
        (999_999_999, 1_000_000_000, ">99 %"),
        (1000, 1000, "100 %"),
        (1, 1, "100 %"),
    ],
)
def test_percent(numerator, denominator, expected):
    ratio = Ratio(numerator=numerator, denominator=denominator, definition="of it")

    assert ratio.percent == expected
