"""Ranks of the small sample, added up by hand from who uses what in gaps_sample.py."""

import pytest

from detcov.analysis.gap_study import study_gaps
from detcov.analysis.gaps import find_gaps
from detcov.analysis.rank import (
    RankPart,
    Weights,
    normal_use_looks_the_same,
    parse_weights,
    tied_actors,
)
from detcov.analysis.scope import columns_of
from detcov.errors import UsageError
from detcov.study import build_study
from gaps_sample import ACTORS, FACTS, RELEASE, RULES, THREATS, context, gaps_of, study
from made import ENTRY, make_corpus, make_release, make_technique

PARTS = {
    # Podworm; the Exec Group; only Containers have it; Kubernetes audit is read. Its parent is
    # covered, so something sees part of it.
    "T1001.002": {"software": 5, "groups": 10, "platform-only": 40, "at-hand": 20},
    # The Worm Keepers and their campaign; only Linux has it beside; nobody can tell of its log.
    "T1003": {"groups": 10, "campaigns": 10, "few-platforms": 20, "unseen": 10},
    # The Exec Group and Doorstep: two are two steps. In the matrix; a rule on nodes claims it.
    "T1007": {"groups": 20, "few-platforms": 20, "matrix": 5},
    # Podworm and its keepers; Windows has it, too. The analytic of Linux reads auditd, as our rule
    # on nodes does, which claims it.
    "T1002": {"software": 5, "groups": 10, "at-hand": 20},
    "T1004.001": {"few-platforms": 20, "unseen": 10},
}


def points(found):
    return {
        one.gap.technique.id: {part.name: part.points for part in one.parts} for one in found.ranked
    }


def test_parts_scores_and_order():
    found = gaps_of()

    assert points(found) == PARTS
    assert list(points(found)) == list(PARTS)
    assert [one.score for one in found.ranked] == [75, 50, 45, 35, 30]


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
        "T1007": (["G2", "G3"], []),
        "T1002": (["S1", "G1"], []),
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
    nothing = ["software=0", "groups = 0", "campaigns=0", "few-platforms=0", "platform-only=0"]

    found = gaps_of(weights=parse_weights([*nothing, "at-hand=1", "general=7", "matrix=3"]))

    assert [(one.gap.technique.id, one.score) for one in found.ranked] == [
        # general 7 (Winworm), unseen 10
        ("T1003", 17),
        # unseen 10
        ("T1004.001", 10),
        # matrix 3
        ("T1007", 3),
        # at-hand 1
        ("T1001.002", 1),
        ("T1002", 1),
    ]


def test_no_part_adds_nothing():
    """General reports have no weight by default, and so aren't among the reasons."""
    assert all(part.points > 0 for one in gaps_of().ranked for part in one.parts)


@pytest.mark.parametrize(
    ("count", "steps"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (323, 9)]
)
def test_users_count_by_doublings(count, steps):
    assert RankPart(name="groups", count=count, weight=10).points == steps * 10


def test_a_rule_that_can_be_had_counts():
    """Those of the sample's candidates; see test_candidates.py."""
    parts = points(gaps_of(with_candidates=True))

    assert [key for key, found in parts.items() if "candidate" in found] == ["T1001.002", "T1002"]
    assert parts["T1002"]["candidate"] == 30


def test_a_log_that_facts_deny_is_not_at_hand():
    """They deny Docker's events and state Kubernetes audit; of auditd nothing is known."""
    parts = points(gaps_of(facts=FACTS))

    assert {key for key, found in parts.items() if "at-hand" in found} == {"T1001.002", "T1002"}


def test_rules_to_re_map():
    """The rules that look at the platform and claim the parent or a sub-technique of a gap."""
    found = {one.gap.technique.id: one.gap.remaps for one in gaps_of().ranked}

    # "Audit sees a shell" claims T1001. The parent of T1004.001 is claimed by none.
    assert found == {
        "T1001.002": {"T1001": (0,)},
        "T1003": {},
        "T1007": {},
        "T1002": {},
        "T1004.001": {},
    }


def test_a_parent_is_re_mapped_from_its_sub_techniques():
    """Without the rule on T1001 it is a gap; two rules claim T1001.001."""
    made = study(rules=RULES[1:])
    columns = columns_of(made.corpus, "live")

    found = find_gaps(RELEASE, made.corpus, made.coverage, "Containers", columns=columns)

    assert found.techniques["T1001"].remaps == {"T1001.001": (0, 1)}


def test_two_platforms_are_not_few_where_there_are_no_more():
    release = make_release(
        "1.0",
        (ENTRY,),
        make_technique("T1401", "entry", platforms=("Android", "iOS")),
        make_technique("T1402", "entry", platforms=("Android",)),
        domain="mobile-attack",
    )
    made = build_study(make_corpus(), release, known=(release,))

    found = study_gaps(release, made.corpus, made.coverage, "Android", context=context())

    assert points(found) == {
        "T1402": {"platform-only": 40, "unseen": 10},
        "T1401": {"unseen": 10},
    }


WIDE = ("Windows", "Linux", "macOS")


@pytest.mark.parametrize(
    ("technique", "same"),
    [
        (make_technique("T9001", "discovery", platforms=WIDE), True),
        (make_technique("T9001", "discovery", platforms=(*WIDE, "IaaS")), True),
        # Not of every desktop system
        (make_technique("T9001", "discovery", platforms=("Linux", "macOS")), False),
        (make_technique("T9001", "discovery", platforms=("Containers",)), False),
        # For another end, too
        (make_technique("T9001", "discovery", "stealth", platforms=WIDE), False),
        # A scan stands out
        (make_technique("T1046", "discovery", platforms=WIDE), False),
        # Nearly all traffic is encoded and encrypted
        (make_technique("T1573", "command-and-control", platforms=WIDE), True),
        (make_technique("T1132.001", "command-and-control", platforms=WIDE), True),
        (make_technique("T1071.004", "command-and-control", platforms=WIDE), False),
    ],
)
def test_what_normal_use_looks_like(technique, same):
    assert normal_use_looks_the_same(technique) is same


def test_no_matrix_for_other_platforms():
    assert not any("matrix" in parts for parts in points(gaps_of("Linux")).values())


def test_no_weights_are_the_defaults():
    assert parse_weights([]) == Weights()


@pytest.mark.parametrize(
    "text", ["software", "software=", "software=1.5", "Software=1", "x=1", "matrix=-1"]
)
def test_a_weight_that_is_none(text):
    match = r"write PART=WHOLE NUMBER \(0 or more\), where PART is one of software"
    with pytest.raises(UsageError, match=match):
        parse_weights([text])
