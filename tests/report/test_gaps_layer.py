"""The layer of gaps: what Navigator is told of each cell, counted by hand from gaps_sample.py."""

import json

import pytest

import detcov
from detcov.attack.store import load_release
from detcov.layer.lint import lint_layer
from detcov.report.gaps_layer import (
    GAP_COLOR,
    NODE_COLOR,
    PARTLY_COLOR,
    VIA_COLOR,
    render_gap_layer,
)
from detcov.report.layer_stages import ACCEPTED_COLOR
from gaps_sample import FACTS, HOSTILE, RELEASE, RULES, gaps_of, study
from made import make_corpus


def layer(*found, **options):
    return json.loads(render_gap_layer(study(), found or (gaps_of(**options),)))


def entries(made):
    return {(one["techniqueID"], one["tactic"]): one for one in made["techniques"]}


def drawn(made):
    return {
        cell: one.get("score", one.get("color", "parent"))
        for cell, one in entries(made).items()
        if one.get("enabled", True)
    }


def test_techniques_of_the_platform_only():
    assert drawn(layer()) == {
        ("T1001", "running-code"): 1,
        ("T1001.001", "running-code"): 2,
        ("T1001.002", "running-code"): GAP_COLOR,
        ("T1002", "entry"): NODE_COLOR,
        ("T1002", "staying"): NODE_COLOR,
        ("T1003", "staying"): GAP_COLOR,
        # Not of the platform; its sub-technique is, and couldn't be seen without it.
        ("T1004", "silence"): "parent",
        ("T1004.001", "silence"): GAP_COLOR,
        ("T1007", "entry"): NODE_COLOR,
    }


def test_every_other_cell_is_hidden_and_no_filter_is_set():
    made = layer()

    assert {(tactic, one) for one, tactic in entries(made)} == set(RELEASE.cells)
    assert made["hideDisabled"] is True
    assert "filters" not in made
    assert {cell[0] for cell, one in entries(made).items() if one.get("enabled") is False} == {
        "T1005",
        "T1006",
    }


def test_parents_of_what_is_drawn_are_open():
    made = layer()

    assert made["layout"]["expandedSubtechniques"] == "none"
    opened = {cell for cell, one in entries(made).items() if one.get("showSubtechniques")}
    assert opened == {("T1001", "running-code"), ("T1004", "silence")}


def test_the_legend_has_what_is_drawn_in_labels_of_15_characters():
    legend = layer()["legendItems"]

    assert legend[:2] == [
        {"label": "gap", "color": GAP_COLOR},
        {"label": "node rules only", "color": NODE_COLOR},
    ]
    assert max(len(one["label"]) for one in legend) <= 15
    assert VIA_COLOR not in {one["color"] for one in legend}


def test_a_gap_says_why_and_what_to_build():
    told = {one["name"]: one["value"] for one in entries(layer())["T1002", "entry"]["metadata"]}

    assert told == {
        "Rules": "control plane 0, runtime 0, node 1, other 0",
        "Score": "35: 1 software +5, 1 group +10, a log at hand +20",
        "Reports": "1 software (Podworm), 1 group (Worm Keepers) on Containers",
        "Build": "DET2 See T1002; AN2 (Linux analytic: there is none for Containers)",
        "Collect": "auditd:SYSCALL",
    }


def test_accepted_gaps_are_grey_and_say_who():
    made = layer(facts=FACTS)
    cells = entries(made)

    assert cells["T1003", "staying"]["color"] == ACCEPTED_COLOR
    told = {one["name"]: one["value"] for one in cells["T1003", "staying"]["metadata"]}
    assert told["Stage"] == "waived until 2026-12-31 by Ana"
    told = {one["name"]: one["value"] for one in cells["T1001", "running-code"]["metadata"]}
    assert told["Stage"] == "fed; tested no"
    assert {"label": "accepted gap", "color": ACCEPTED_COLOR} in made["legendItems"]
    assert ACCEPTED_COLOR not in {one["color"] for one in layer()["legendItems"]}


def test_only_some_tactics():
    assert set(drawn(layer(tactics=("entry",)))) == {("T1002", "entry"), ("T1007", "entry")}


def test_several_platforms():
    made = layer(gaps_of(), gaps_of("Linux"))
    cells = drawn(made)

    assert made["name"] == "Gaps: Containers, Linux"
    # Covered for Linux, open for Containers
    assert cells["T1002", "entry"] == PARTLY_COLOR
    # Covered for Containers only, via a sub-technique for Linux
    assert cells["T1001", "running-code"] == PARTLY_COLOR
    # Three rules: two look at Containers, one of them states Linux, too
    assert cells["T1001.001", "running-code"] == 2
    assert cells["T1003", "staying"] == GAP_COLOR
    assert cells["T1004", "silence"] == GAP_COLOR


def test_a_parent_with_covered_sub_techniques_has_a_colour_of_its_own():
    assert drawn(layer(platform="Linux"))["T1001", "running-code"] == VIA_COLOR


def test_hostile_names_are_harmless():
    text = render_gap_layer(study(), [gaps_of()], title=HOSTILE).decode()

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert json.loads(text)["name"].isprintable()


@pytest.mark.parametrize("platform", ["Containers", "Linux", "Windows"])
def test_nothing_is_null_and_strings_are_not_empty(platform):
    def walk(value):
        assert value not in (None, "")
        children = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            for child in children:
                walk(child)

    walk(layer(platform=platform))


@pytest.mark.parametrize("version", ["18.1", "19.0"])
@pytest.mark.parametrize("platform", ["Containers", "IaaS"])
def test_our_own_lint_finds_nothing(version, platform):
    """On the bundled releases: 18.1 has T1059.013, of Containers, under a parent that isn't."""
    whole = detcov.study_of(make_corpus(*RULES), load_release(version))

    data = render_gap_layer(whole, detcov.gaps_of(whole, platform))

    assert lint_layer(data, release=whole.release) == ()
    shown = {one["techniqueID"] for one in json.loads(data)["techniques"] if "enabled" not in one}
    of_platform = {key for key, one in whole.release.active.items() if platform in one.platforms}
    assert shown - of_platform == {key.split(".")[0] for key in of_platform} - of_platform
    assert of_platform <= shown


def test_our_own_lint_finds_nothing_in_the_sample():
    assert lint_layer(render_gap_layer(study(), [gaps_of()]), release=RELEASE) == ()


def test_mitres_own_library_reads_it():
    from mitreattack.navlayers import Layer

    data = render_gap_layer(study(), [gaps_of(facts=FACTS)])
    read = Layer()
    read.from_str(data.decode())

    assert read.to_dict()["techniques"] is not None
    assert len(read.layer.techniques) == len(json.loads(data)["techniques"])
