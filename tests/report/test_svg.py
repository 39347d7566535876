import re
from xml.etree import ElementTree as ET

import pytest

from detcov.report.chart import Chart, Line, Word, marks
from detcov.report.svg import draw

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*lines, days=("2026-05-04", "2026-05-11", "2026-05-18"), **fields):
    return ET.fromstring(draw(Chart(title="A title", days=days, lines=lines, **fields)).text)


def paths(svg, width="2"):
    """The lines, as lists of (x, y), without axes and breaks."""
    found = (one for one in svg.iter(f"{SVG}path") if one.get("stroke-width") == width)
    return [
        [tuple(map(float, step.split())) for step in re.split("[ML]", one.get("d"))[1:]]
        for one in found
    ]


def words(svg):
    return [one.text for one in svg.iter(f"{SVG}text")]


def test_values_lie_where_they_belong():
    """The plot is 522 wide from 48 and 176 high from 14; the scale ends at 10."""
    (line,) = paths(drawn(Line(name="covered", values=(0, 5, 10))))
    assert line == [(48, 190), (309, 102), (570, 14)]


def test_a_line_is_cut_where_there_is_no_value():
    found = paths(drawn(Line(name="covered", values=(1, None, 2))))
    assert [len(line) for line in found] == [1, 1]


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, "1"), (1, "1"), (2, "2"), (3, "5"), (6, "10"), (11, "20"), (408, "500"), (1621, "2,000")],
)
def test_the_scale_ends_at_a_round_number(highest, top):
    assert top in words(drawn(Line(name="x", values=(0, 0, highest))))


def test_lines_are_told_apart_by_dashes_and_names():
    svg = drawn(Line(name="error", values=(1, 1, 1)), Line(name="drift", values=(1, 1, 2)))
    dashes = {
        one.get("stroke-dasharray")
        for one in svg.iter(f"{SVG}path")
        if one.get("stroke-width") == "2"
    }
    assert dashes == {None, "7 4"}
    assert words(svg)[-2:] == ["drift 2", "error 1"]


def test_names_cover_neither_one_another_nor_the_days():
    """The lowest is nought's own place, 194; the days stand at 210."""
    zero = (Line(name=name, values=(0, 0, 0)) for name in ("a", "b", "c"))
    svg = drawn(*zero, Line(name="d", values=(0, 0, 1)))
    found = {one.text: float(one.get("y")) for one in svg.iter(f"{SVG}text")}
    assert [found[name] for name in ("d 1", "a 0", "b 0", "c 0")] == [18, 166, 180, 194]


def test_no_half_is_on_the_scale():
    assert words(drawn(Line(name="x", values=(0, 0, 1))))[:2] == ["0", "1"]
    assert words(drawn(Line(name="x", values=(0, 0, 2))))[:3] == ["0", "1", "2"]


def test_a_cut_line_has_one_name_and_one_dash():
    svg = drawn(
        Line(name="covered", values=(1, 1, None)),
        Line(name="covered", values=(None, None, 2)),
        breaks=((2, "ATT&CK 19.0"),),
    )
    assert [word for word in words(svg) if "covered" in word] == ["covered 2"]
    assert "ATT&CK 19.0" in words(svg)


@pytest.mark.parametrize(("position", "anchor"), [(0, "start"), (5, "start"), (6, "end")])
def test_the_word_of_a_change_never_lies_on_the_names_at_the_right(position, anchor):
    """Seven days from 48 to 570 of 720, the names from 578 on."""
    chart = Chart(
        title="",
        days=tuple("abcdefg"),
        lines=(Line(name="drift", values=(9.0,) * 7),),
        breaks=((position, "ATT&CK 19.0"),),
    )
    (word,) = (
        one
        for one in marks(chart, width=720, height=200)
        if isinstance(one, Word) and one.text == "ATT&CK 19.0"
    )
    assert (word.anchor, abs(word.x - (48 + 522 * position / 6))) == (anchor, 4)


def test_it_is_told_to_those_who_cannot_see_it():
    svg = drawn(Line(name="covered", values=(3, 4, 5)))
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "A title: covered from 3 to 5")
    titles = [one.text for one in svg.iter(f"{SVG}title")]
    assert titles[1:] == [
        "covered, 2026-05-04: 3",
        "covered, 2026-05-11: 4",
        "covered, 2026-05-18: 5",
    ]


def test_nothing_in_it_becomes_markup_or_style():
    text = draw(
        Chart(title="<b>&\x1b", days=("<i>",), lines=(Line(name='"><script>', values=(1,)),))
    ).text
    ET.fromstring(text)
    assert "<script" not in text
    assert "<b>" not in text
    assert "style=" not in text


def test_one_day_and_none_are_drawn_too():
    assert paths(drawn(Line(name="x", values=(1,)), days=("2026-05-04",))) == [[(48, 14)]]
    assert paths(drawn(days=())) == []
