"""The picture of gaps: what it shows, counted by hand from gaps_sample.py."""

import io

from PIL import Image

from detcov.report.gaps_picture import gap_picture, lay_out, render_gap_picture
from detcov.report.gaps_shown import GapState
from detcov.report.picture import picture_fingerprint
from detcov.report.picture_scene import Label
from gaps_sample import FACTS, HOSTILE, gaps_of, study


def cells(data):
    return {
        tactic.name: [(cell.id, cell.state, cell.badge) for cell in tactic.cells]
        for tactic in data.tactics
    }


def test_cells_states_and_ranks():
    data = gap_picture(study(), [gaps_of()])

    assert cells(data) == {
        "Entry": [("T1002", GapState.NODE, "#4"), ("T1007", GapState.NODE, "#3")],
        "Running Code": [
            ("T1001", GapState.COVERED, "1"),
            ("T1001.001", GapState.COVERED, "2"),
            ("T1001.002", GapState.GAP, "#1"),
        ],
        "Staying": [("T1002", GapState.NODE, "#4"), ("T1003", GapState.GAP, "#2")],
        "Silence": [("T1004.001", GapState.GAP, "#5")],
    }
    assert data.absent == ("Planning", "Taking")
    assert [(name, ratio.numerator, ratio.denominator) for name, ratio in data.stats] == [
        ("With any rule", 5, 7),
        ("With rules on Linux nodes", 4, 7),
        ("Covered for Containers", 2, 7),
    ]


def test_accepted_gaps_have_no_rank_and_are_no_gaps():
    data = gap_picture(study(), [gaps_of(facts=FACTS)])
    staying = next(one for one in data.tactics if one.name == "Staying")

    assert cells(data)["Staying"] == [
        ("T1002", GapState.NODE, "#3"),
        ("T1003", GapState.ACCEPTED, ""),
    ]
    assert staying.gaps == 1


def test_several_platforms_have_no_ranks():
    data = gap_picture(study(), [gaps_of(), gaps_of("Linux")])

    assert cells(data)["Entry"][0] == ("T1002", GapState.PARTLY, "1")
    assert [name for name, _ in data.stats] == ["Linux", "Containers"]
    labels = {item.text for item in lay_out(data, "", None).items if isinstance(item, Label)}
    assert not any("#1" in text for text in labels)


def test_everything_is_on_the_page():
    scene = lay_out(gap_picture(study(), [gaps_of()]), HOSTILE, "2026-05-05")
    labels = [item.text for item in scene.items if isinstance(item, Label)]

    assert {"T1001.002", "#1", "2 gaps of 2", "1 gap of 3", "2 of 7"} <= set(labels)
    assert not any("\x1b" in text or "\u202e" in text for text in labels)


def test_the_file_says_what_it_was_drawn_from():
    found = [gaps_of()]
    made = render_gap_picture(study(), found, date="2026-05-05")
    image = Image.open(io.BytesIO(made))

    assert image.width == 1920
    assert picture_fingerprint(made) == picture_fingerprint(
        render_gap_picture(study(), found, title="Other")
    )
