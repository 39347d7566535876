"""Where things stand in a picture: type in its room, folded columns, legible colours."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.report.picture_data import collect
from detcov.report.picture_layout import fold, lay_out
from detcov.report.picture_scene import Box, Label, Stripes
from detcov.report.picture_theme import DARK, LIGHT, ink
from detcov.report.picture_type import clean, shorten, width, wrap
from report.picture_sample import study_of


@given(st.text())
def test_clean_text_is_one_drawable_line(text):
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned == " ".join(cleaned.split())
    assert not [c for c in cleaned if unicodedata.category(c).startswith("C")]


@given(st.text(), st.integers(20, 200), st.integers(1, 3), st.booleans())
def test_type_stays_in_its_room(text, room, lines, bold):
    text = clean(text)
    wrapped = wrap(text, 9.0, room, lines, bold=bold)

    assert len(wrapped) <= lines
    for line in [*wrapped, shorten(text, 9.0, room, bold=bold)]:
        assert width(line, 9.0, bold=bold) <= room
    if not any(line.endswith("…") for line in wrapped):
        assert " ".join(wrapped) == text


@pytest.mark.parametrize(
    ("cells", "folds"),
    [
        ([], []),
        ([0, 0], [1, 1]),
        ([22] * 15, [1] * 15),
        # 19.0: a slide has room for 22 rows, which Discovery and Stealth exceed
        (
            [12, 9, 11, 20, 22, 13, 30, 18, 17, 34, 9, 17, 18, 9, 15],
            [1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1],
        ),
        ([45], [3]),
    ],
)
def test_long_columns_are_folded(cells, folds):
    assert fold(cells) == folds


def bounds(item):
    if isinstance(item, Box | Stripes):
        return item.x, item.y, item.x + item.width, item.y + item.height
    wide = width(item.text, item.size, bold=item.bold)
    left = item.x - {"left": 0, "center": wide / 2, "right": wide}[item.anchor]
    return left, item.y - item.size, left + wide, item.y + item.size / 4


@pytest.mark.parametrize("sizes", [[0] * 15, [1], [300, 0, 3], [40] * 15, [90] * 14])
@pytest.mark.parametrize("dark", [False, True])
def test_everything_stands_on_the_page(sizes, dark):
    tactics = [f"tactic-{n}-with-a-name" for n in range(len(sizes))]
    techniques = {
        f"T{1000 * n + 1000 + k}": (f"Technique number {k}", (tactics[n],), ("Linux",))
        for n, size in enumerate(sizes)
        for k in range(size)
    }
    data = collect(study_of(techniques, [], tactics))
    scene = lay_out(data, title="A title " * 30, date="2026-11-24 " * 30, dark=dark)

    assert [
        item
        for item in scene.items
        for left, top, right, bottom in [bounds(item)]
        if left < 0 or top < 0 or right > 1920.5 or bottom > scene.height
    ] == []
    ids = [item.text for item in scene.items if isinstance(item, Label) and item.bold]
    assert set(techniques) <= set(ids)


@pytest.mark.parametrize(
    ("rules", "step"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (15, 3), (16, 4), (900, 4)]
)
def test_more_rules_are_a_further_step_of_the_ramp(rules, step):
    assert ink(LIGHT, rules) is LIGHT.ramp[step]


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_type_is_legible_and_the_ramp_tells_apart_in_grey(theme):
    for colours in (*theme.ramp, theme.gap, theme.hollow):
        assert contrast(colours.fill, colours.text) >= 4.5
    assert contrast(theme.background, theme.muted) >= 4.5
    steps = [luminance(colours.fill) for colours in (theme.gap, *theme.ramp)]
    assert steps == sorted(steps, reverse=theme is LIGHT)
    for one, other in zip(theme.ramp, theme.ramp[1:], strict=False):
        assert contrast(one.fill, other.fill) >= 1.2
