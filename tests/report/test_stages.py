"""What facts make of summary, JSON, CSV and layers, on the estate of stages_sample.py."""

import json

import pytest

from detcov.facts import FactKind
from detcov.layer.lint import lint_layer
from detcov.report.clean import clean
from detcov.report.gaps_layer import GAP_COLOR, NODE_COLOR, PARTLY_COLOR
from detcov.report.layer import DARK, LIGHT, VIA_COLOR, hex_color, render_layer
from detcov.report.layer_stages import ACCEPTED_COLOR, STAGE_COLORS, render_stage_layer
from detcov.report.stages import stages_json
from detcov.report.summary import summary
from detcov.report.tables import render_coverage_csv
from detcov.report.text import render_text
from detcov.study import build_study
from stages_sample import BOTH, CORPUS, NO, RELEASE, fact, study, waiver

HOSTILE = "<b>\x1b[31m=1+1\u202e"

FACTS = (
    fact("fired", rule="audit", file="f.csv", line=2),
    fact("deployed", NO, rule="node", file="f.csv", line=3),
    waiver("T1003", owner=HOSTILE, file="f.csv", line=4),
    waiver(
        "T1001.001", "Containers", kind=FactKind.NOT_APPLICABLE, expiry="", file="f.csv", line=5
    ),
    waiver("T1004", expiry="2026-05-04", file="f.csv", line=6),
    waiver("T100[45]", owner="Bo", file="a.csv", line=9),
    fact("tested", rule="gone", file="a.csv", line=10),
)
SUMMARY = """\
Facts on 2026-05-05: 5 count, 1 expired, 1 about nothing here.
Stage        techniques  unknown  not
mapped    2 of 3 (67 %)        0    1
deployed  1 of 3 (33 %)        1    1
fed       1 of 3 (33 %)        1    1
tested     0 of 3 (0 %)        2    1
  accepted gaps left out of 6 techniques: 3 waived

Platform    mapped  deployed  fed  tested  of  left out
Containers       1         1    1   0 +1?   2         2
Linux            1         0    0       0   3         1
  +n? are unknown: no fact says yes or no

Accepted gaps, by who accepts them:
  T100[45]: waived until 2026-12-31 by Bo, 2 gaps
  T1003: waived until 2026-12-31 by <b>\\x1b[31m=1+1\\u202e, 1 gap
  T1001.001 on Containers: not applicable by Ana, 1 gap
"""


def test_the_summary():
    assert SUMMARY in render_text(summary(study(*FACTS)))


def test_the_summary_of_no_fact_at_all():
    text = render_text(summary(study()))

    assert "Facts on 2026-05-05: 0 count, 0 expired, 0 about nothing here.\n" in text
    assert "deployed   0 of 6 (0 %)        2    4\n" in text
    assert "left out\n" in text
    assert "Accepted" not in text


def test_long_lists_of_accepted_gaps_are_cut():
    waivers = [
        waiver("T1003", "Containers", owner=f"O{n}", date=f"2026-01-{n}") for n in range(10, 20)
    ]
    many = [waiver(one, "Linux", line=n) for n, one in enumerate(("T1002", "T1004"))]
    text = render_text(summary(study(*waivers, *many)))

    # of ten facts about one gap the newest counts
    assert text.count("by O") == 1
    assert "by O19, 1 gap" in text


def test_json_holds_all_of_it():
    one = study(*FACTS)
    found = stages_json(one.stages, one.facts)

    assert [(sums["platform"], sums["techniques"]) for sums in found["sums"]] == [
        (None, 6),
        ("Containers", 4),
        ("Linux", 4),
    ]
    assert found["techniques"]["T1001"] == {
        "reached": "fed",
        "deployed": "yes",
        "fed": "yes",
        "tested": "unknown",
        "platforms": {
            "Containers": {
                "reached": "fed",
                "deployed": "yes",
                "fed": "yes",
                "tested": "unknown",
            },
            "Linux": {"reached": "mapped", "deployed": "no", "fed": "no", "tested": "no"},
        },
    }
    # not applicable on one platform of two: still a gap as a whole
    part = found["techniques"]["T1001.001"]
    assert "excused" not in part
    assert part["platforms"]["Containers"]["excused"] == ["not applicable by Ana"]
    assert found["techniques"]["T1005"]["excused"] == ["waived until 2026-12-31 by Bo"]
    assert found["rules"] == {
        "0": {"deployed": "yes", "fed": "yes", "fired": "yes", "tested": "unknown"},
        "1": {"deployed": "no", "fed": "unknown", "fired": "unknown", "tested": "unknown"},
    }
    assert [gap["gaps"] for gap in found["accepted"]] == [
        [
            {"technique": "T1004", "platform": "Linux"},
            {"technique": "T1005", "platform": None},
        ],
        [{"technique": "T1003", "platform": "Containers"}],
        [{"technique": "T1001.001", "platform": "Containers"}],
    ]
    assert [(gone["line"], gone["expiry"]) for gone in found["expired"]] == [(6, "2026-05-04")]
    assert [(gone["line"], gone["why"]) for gone in found["unmatched"]] == [
        (10, "no rule is called 'gone'")
    ]


def test_csv():
    lines = render_coverage_csv(study(*FACTS)).decode().splitlines()

    assert lines[0].endswith(",rules,stage,deployed,fed,tested,excused")
    told = {line.split(",")[2]: line.split(",")[-5:] for line in lines[1:]}
    assert told["T1001"] == ["fed", "yes", "yes", "unknown", ""]
    assert told["T1002"] == ["mapped", "unknown", "unknown", "unknown", ""]
    assert told["T1004"][-1] == "waived until 2026-12-31 by Bo"
    # text that is no formula where it stands
    assert told["T1003"][-1] == f"waived until 2026-12-31 by {clean(HOSTILE)}"


def test_the_frame_has_the_columns_of_the_csv():
    frame = study(*FACTS).to_frame()

    assert list(frame.columns)[-5:] == ["stage", "deployed", "fed", "tested", "excused"]
    assert frame.set_index("technique_id").loc["T1001", "stage"] == "fed"


def entries(data):
    """(technique, tactic) to (score, colour, metadata)."""
    return {
        (one["techniqueID"], one["tactic"]): (
            one.get("score"),
            one.get("color"),
            {each["name"]: each["value"] for each in one["metadata"]},
        )
        for one in json.loads(data)["techniques"]
    }


def test_the_layer_says_how_far_and_draws_accepted_gaps():
    data = render_layer(study(*FACTS))
    found = entries(data)

    assert found["T1001", "entry"][2]["Stage"] == "fed; tested unknown"
    assert found["T1002", "running-code"][2]["Stage"] == (
        "mapped; deployed unknown, fed unknown, tested unknown"
    )
    assert found["T1003", "hiding"] == (
        None,
        ACCEPTED_COLOR,
        {"Gap on Containers": f"waived until 2026-12-31 by {clean(HOSTILE)}"},
    )
    assert found["T1005", "taking"][2] == {"Gap": "waived until 2026-12-31 by Bo"}
    # a gap that is accepted on one platform of two has no entry
    assert ("T1001.001", "entry") not in found
    layer = json.loads(data)
    assert {"label": "accepted gap", "color": ACCEPTED_COLOR} in layer["legendItems"]
    facts = {one["name"]: one["value"] for one in layer["metadata"]}
    assert facts["Stage fed"].startswith("1 of 3 (33 %), 1 unknown: techniques with a rule that")
    assert facts["Accepted gaps"] == "3 waived, 0 not applicable"


def test_the_layer_of_stages():
    one = study(*FACTS)
    data = render_stage_layer(one, one.stages, name="Ours: stages")

    scores = {key: (score, color) for key, (score, color, _) in entries(data).items()}
    assert scores == {
        ("T1001", "entry"): (3, None),
        ("T1002", "running-code"): (1, None),
        ("T1003", "hiding"): (None, ACCEPTED_COLOR),
        ("T1004", "taking"): (None, ACCEPTED_COLOR),
        ("T1005", "taking"): (None, ACCEPTED_COLOR),
    }
    layer = json.loads(data)
    assert (layer["name"], layer["versions"]["attack"]) == ("Ours: stages", "9")
    assert [item["label"] for item in layer["legendItems"]] == [
        "mapped",
        "deployed",
        "fed",
        "tested",
        "accepted gap",
    ]


def test_a_colour_means_the_same_in_every_layer():
    """Those of coverage and gaps mean numbers of rules, via sub-techniques, gaps of some kind."""
    others = {hex_color(LIGHT), hex_color(DARK), VIA_COLOR, GAP_COLOR, NODE_COLOR, PARTLY_COLOR}
    stages = set(STAGE_COLORS.values())

    assert len(stages) == len(STAGE_COLORS)
    assert not stages & (others | {ACCEPTED_COLOR})
    # Nor does a blue of the scale, which runs from one blue to the other: these are greens.
    for color in stages:
        red, green, blue = bytes.fromhex(color.removeprefix("#"))
        assert green > max(red, blue)


def test_the_layer_of_stages_tells_its_data_and_hides_what_is_out_of_scope():
    one = study(*FACTS, platforms=("Linux",))
    layer = json.loads(render_stage_layer(one, one.stages, name="Ours: stages"))

    assert layer["name"] == "Ours: stages: Linux"
    facts = {fact["name"]: fact["value"] for fact in layer["metadata"]}
    assert facts["Dataset"].startswith("ATT&CK Enterprise 9")
    assert facts["Platforms"] == "Linux"
    out = {e["techniqueID"] for e in layer["techniques"] if e.get("enabled") is False}
    assert layer["hideDisabled"] is True
    assert out == {
        key for key, technique in RELEASE.active.items() if "Linux" not in technique.platforms
    }


@pytest.mark.parametrize("platforms", [(), ("Linux",), BOTH])
def test_our_own_lint_finds_nothing(platforms):
    one = study(*FACTS, platforms=platforms)
    for data in (
        render_layer(one),
        render_stage_layer(one, one.stages, name="Stages"),
    ):
        assert lint_layer(data, release=one.release) == ()


def test_mitreattack_python_loads_it_strictly(capsys):
    from mitreattack.navlayers import Layer

    one = study(*FACTS)
    written = json.loads(render_stage_layer(one, one.stages, name="Stages"))

    read = Layer(written, strict=True).to_dict()

    assert capsys.readouterr().out == ""
    assert read["techniques"] == written["techniques"]
    assert read["gradient"] == written["gradient"]


def test_without_facts_nothing_of_them_is_drawn():
    assert b"Stage" not in render_layer(build_study(CORPUS, RELEASE))
