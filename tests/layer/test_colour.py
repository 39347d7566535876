"""Colours as Navigator's colour library takes them."""

import pytest

from detcov.layer.colour import is_colour, is_see_through


@pytest.mark.parametrize(
    "value",
    ["tomato", "Tomato ", "74c476", "#74c476", "#74c47680", "#fff", "fff8", "transparent",
     "rebeccapurple", "rgb(1, 2, 3)", "rgba 1 2 3 .5", "hsl(120, 50%, 50%)", "hsv(1,2%,3%)"],
)  # fmt: skip
def test_colours(value):
    assert is_colour(value)


@pytest.mark.parametrize(
    "value",
    ["", "not-a-colour", "#ggg", "#12345", "##fff", "rgb(1,2)", "red;blue", None, 123456, True,
     ["red"]],
)  # fmt: skip
def test_what_is_no_colour(value):
    assert not is_colour(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("#fff", False), ("#ffff", False), ("#fff8", True), ("#ffffffff", False),
     ("ffffff00", True), ("transparent", True), ("tomato", False), ("decade", False)],
)  # fmt: skip
def test_see_through(value, expected):
    assert is_see_through(value) is expected
