"""Ranks of the small sample, added up by hand from who uses what in gaps_sample.py."""

import pytest

from detcov.analysis.rank import Weights, parse_weights, tied_actors
from detcov.errors import UsageError
from gaps_sample import ACTORS, RELEASE, THREATS, gaps_of

PARTS = {
    # Podworm; the Exec Group; only Containers have it; its parent is covered.
    "T1001.002": {"software": 10, "groups": 10, "platform-only": 3, "relative-covered": -1},
    # The Worm Keepers and their campaign; Winworm is for Windows.
    "T1003": {"groups": 10, "campaigns": 10, "general": 0},
    # Podworm and its keepers; a rule on Linux nodes claims it.
    "T1002": {"software": 10, "groups": 10, "node-only": -1},
    # The Exec Group; Doorstep isn't tied; in the matrix; on nodes.
    "T1007": {"groups": 10, "general": 0, "matrix": 2, "node-only": -1},
    "T1004.001": {},
}


def points(found):
    return {
        one.gap.technique.id: {part.name: part.points for part in one.parts} for one in found.ranked
    }


def test_parts_scores_and_order():
    found = gaps_of()

    assert points(found) == PARTS
    assert list(points(found)) == list(PARTS)
    assert [one.score for one in found.ranked] == [22, 20, 19, 11, 0]


def test_a_score_is_the_same_whatever_else_was_asked_for():
    """The covered parent of T1001.002 isn't used by the Exec Group."""
    exec_group = next(one for one in ACTORS if one.id == "G2")

    assert points(gaps_of(actors=(exec_group,))) == {
        key: PARTS[key] for key in ("T1001.002", "T1007")
    }


def test_who_uses_it():
    found = {
        one.gap.technique.id: (
            [actor.id for actor in one.actors],
            [actor.id for actor in one.general],
        )
        for one in gaps_of().ranked
    }

    assert found == {
        "T1001.002": (["S1", "G2"], []),
        "T1003": (["G1", "C1"], ["S2"]),
        "T1002": (["S1", "G1"], []),
        "T1007": (["G2"], ["G3"]),
        "T1004.001": ([], []),
    }


@pytest.mark.parametrize(
    ("platform", "tied"),
    [
        ("Containers", {"S1", "G1", "G2", "C1"}),
        ("Linux", {"S1", "G1", "C1"}),
        ("Windows", {"S2"}),
        ("PRE", set()),
    ],
)
def test_who_is_tied_to_a_platform(platform, tied):
    assert tied_actors(RELEASE, THREATS, platform) == tied


def test_weights_change_the_order():
    weights = parse_weights(["software=0", "groups = 0", "campaigns=0", "general=5", "matrix=-20"])

    found = gaps_of(weights=weights)

    assert [(one.gap.technique.id, one.score) for one in found.ranked] == [
        # general 5
        ("T1003", 5),
        # platform-only 3, relative-covered -1
        ("T1001.002", 2),
        ("T1004.001", 0),
        # node-only -1
        ("T1002", -1),
        # general 5, matrix -20, node-only -1
        ("T1007", -16),
    ]


def test_no_matrix_for_other_platforms():
    assert not any("matrix" in parts for parts in points(gaps_of("Linux")).values())


def test_no_weights_are_the_defaults():
    assert parse_weights([]) == Weights()


@pytest.mark.parametrize("text", ["software", "software=", "software=1.5", "Software=1", "x=1"])
def test_a_weight_that_is_none(text):
    with pytest.raises(UsageError, match="write PART=WHOLE NUMBER, where PART is one of software"):
        parse_weights([text])
