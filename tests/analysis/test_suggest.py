"""Suggested rules: by hand, against the true optimum, and on real corpora."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import real
from detcov import api
from detcov.attack.store import load_release
from detcov.errors import UsageError
from detcov.load.corpus import read_corpus
from detcov.model import ScopeColumn
from detcov.study import StudyOptions, build_study
from made import NEW, make_corpus, make_release, make_rule, make_state, make_technique
from report.study_sample import sample
from suggest_sample import RULES, candidate, suggest


def told(found, candidates):
    """(id, what it closes, gain) of each rule."""
    return [
        (
            candidates[one.rule].key.native_id,
            [target.technique.id for target in one.closes],
            one.gain,
        )
        for one in found.picked
    ]


WEIGHTS = {
    # 10 for a group or a campaign, 5 for software, and 10 as nothing near them is covered.
    "T1050": 25,
    "T1002": 20,
    "T1008": 20,
    "T1021": 20,
    "T1018": 15,
    # Nobody uses them.
    "T1003": 10,
    "T1005": 10,
    "T1006": 10,
    "T1007": 10,
    "T1017": 10,
    "T1020": 10,
    "T1021.001": 10,
    # Its parent is covered. One is the least.
    "T1001.002": 1,
}
"""The gaps of the sample's rules in all platforms, by hand; PRE-only T1040 is none"""


def test_the_gaps_and_their_weights():
    found = suggest(candidate("x"))
    assert {one.technique.id: one.weight for one in found.targets} == WEIGHTS
    assert [one.technique.id for one in found.targets[:3]] == ["T1050", "T1002", "T1008"]
    assert (found.weight, found.gain, found.closed, found.picked) == (171, 0, 0, ())
    assert (found.covered.numerator, found.covered.denominator) == (3, 16)
    assert len(found.still_open) == 13


def test_by_hand():
    """c gains 55, a and b 45 each. Then b still gains 45, a only 25."""
    found = suggest(*RULES)
    assert told(found, RULES) == [
        ("c2", ["T1002", "T1008", "T1018"], 55),
        ("b", ["T1050", "T1021"], 45),
        ("d", ["T1003"], 10),
    ]
    # c1 would do the same, and is less mature.
    assert [one.alternatives for one in found.picked] == [1, 0, 0]
    assert (found.closed, found.gain) == (6, 110)
    assert {one.target.technique.id for one in found.still_open} == {
        "T1001.002", "T1005", "T1006", "T1007", "T1017", "T1020", "T1021.001",
    }  # fmt: skip
    assert all(one.closers == one.elsewhere == 0 for one in found.still_open)
    assert (found.counted, found.in_scope) == (7, 7)


def test_the_limit():
    found = suggest(*RULES, most=1)
    assert [one[0] for one in told(found, RULES)] == ["c2"]
    left = {one.target.technique.id: one.closers for one in found.still_open if one.closers}
    assert left == {"T1050": 2, "T1021": 2, "T1003": 1}


def test_only_rules_that_count_are_candidates():
    rules = (
        candidate("old", "T1050", "T1002", state=make_state("deprecated")),
        candidate("hunt", "T1050", state=make_state(kind="hunt")),
    )
    found = suggest(*rules)
    assert (found.picked, found.counted) == ((), 0)
    found = suggest(*rules, study=sample(count="active"))
    assert told(found, rules) == [("hunt", ["T1050"], 25)]


def test_a_rule_that_later_ones_make_needless_is_left_out():
    rules = (
        candidate("a", "T1003", "T1005", "T1006", "T1007"),
        candidate("b", "T1003", "T1005", "T1017"),
        candidate("c", "T1006", "T1007", "T1020"),
    )
    assert told(suggest(*rules), rules) == [
        ("b", ["T1003", "T1005", "T1017"], 30),
        ("c", ["T1006", "T1007", "T1020"], 30),
    ]
    # With room for one only, a is the best.
    assert [one[0] for one in told(suggest(*rules, most=1), rules)] == ["a"]


def test_ties_go_by_source_as_given_then_by_place():
    rules = (
        candidate("1", "T1050", source="z"),
        candidate("2", "T1050", source="a"),
        candidate("3", "T1050", source="a"),
    )
    assert [one[0] for one in told(suggest(*rules), rules)] == ["1"]
    assert suggest(*rules).picked[0].alternatives == 2
    rules = (rules[1], rules[2], rules[0])
    assert [one[0] for one in told(suggest(*rules), rules)] == ["2"]


def test_a_rule_that_is_ours_by_id():
    """The sample's rule 3 claims T1002, and is deprecated."""
    found = suggest(candidate("3", "T1002"))
    assert found.picked[0].ours == 3
    assert suggest(candidate("3", "T1002", format="sigma")).picked[0].ours is None


def test_of_a_platform_only_candidates_that_state_it():
    rules = (
        candidate("windows", "T1002", "T1021", platforms=["Windows"]),
        candidate("linux", "T1002", platforms=["Linux"]),
        candidate("silent", "T1021"),
    )
    found = suggest(*rules, platforms=["linux"])
    # The group that uses T1002 is tied to Linux by its software, which doesn't use it: 2 points.
    # Only Windows has it beside: 20. Nothing near it is covered: 10.
    assert told(found, rules) == [("linux", ["T1002"], 32)]
    assert (found.counted, found.in_scope) == (3, 1)
    # T1001 has a rule of ours that states Linux: 1 of 14 Linux techniques.
    assert (found.covered.numerator, found.covered.denominator) == (1, 14)
    left = {one.target.technique.id: one.elsewhere for one in found.still_open}
    assert left["T1021"] == 2
    found = suggest(*rules, platforms=["Linux", "Windows"])
    assert [(one.gain, len(one.closes)) for one in found.picked] == [(60, 2), (32, 1)]
    assert [(one.platform, one.technique.id) for one in found.picked[0].closes] == [
        ("Windows", "T1002"),
        ("Windows", "T1021"),
    ]


def test_of_containers_the_column_decides():
    rules = (
        candidate("node", "T1050", column="node", platforms=["Linux", "Containers"]),
        candidate("runtime", "T1050", column="runtime"),
    )
    found = suggest(*rules, platforms=["Containers"])
    # Software of the platform 5, a group 10, on this platform alone 40, nothing near it 10.
    assert told(found, rules) == [("runtime", ["T1050"], 65)]
    assert (found.in_scope, found.still_open) == (1, ())
    found = suggest(rules[0], platforms=["Containers"])
    assert [(one.closers, one.elsewhere) for one in found.still_open] == [(0, 1)]
    found = suggest(rules[0], platforms=["Containers"], scope=["runtime=rule:node"])
    assert told(found, rules[:1]) == [("node", ["T1050"], 65)]


def test_without_platforms_every_candidate_looks():
    technique = make_technique("T1050", "taking", platforms=("None",))
    release = make_release("10.0", NEW.tactics, technique, domain="ics-attack")
    study = build_study(make_corpus(make_rule()), release)
    rules = (candidate("a", "T1050", platforms=["Windows"]),)
    found = suggest(*rules, study=study, platforms=["none"])
    assert [one[:2] for one in told(found, rules)] == [("a", ["T1050"])]
    assert found.in_scope == 1


def test_weights_are_the_ranks():
    found = suggest(candidate("a", "T1008"), weights=["campaigns=7", "software=0"])
    weights = {one.technique.id: one.weight for one in found.targets}
    assert (weights["T1008"], weights["T1018"], weights["T1050"]) == (17, 10, 20)
    with pytest.raises(UsageError, match=r"^weight 'x=1'"):
        suggest(candidate("a"), weights=["x=1"])


GAPS = sorted(WEIGHTS)
SETS = st.lists(st.sets(st.sampled_from(GAPS[:7]), max_size=4), max_size=7)


@given(SETS, st.integers(min_value=1, max_value=4))
def test_against_the_true_optimum(sets, most):
    rules = tuple(candidate(str(n), *sorted(one)) for n, one in enumerate(sets))
    found = suggest(*rules, most=most)
    gains = [one.gain for one in found.picked]
    closed = [target.technique.id for one in found.picked for target in one.closes]
    assert len(gains) <= most
    assert gains == sorted(gains, reverse=True)
    assert len(closed) == len(set(closed))
    # What is said to be closed is what the rules claim.
    claimed = set().union(*(sets[one.rule] for one in found.picked))
    assert set(closed) == claimed
    # None is needless.
    for one in found.picked:
        others = [sets[each.rule] for each in found.picked if each != one]
        assert claimed != set().union(*others)
    best = max(
        sum(WEIGHTS[key] for key in set().union(*chosen))
        for size in range(most + 1)
        for chosen in combinations(sets, size)
    ) if sets else 0  # fmt: skip
    assert best >= found.gain >= (1 - 1 / 2.718281828) * best


@given(SETS)
def test_without_a_limit_everything_that_can_be_is_closed_by_few(sets):
    rules = tuple(candidate(str(n), *sorted(one)) for n, one in enumerate(sets))
    found = suggest(*rules, most=20)
    everything = set().union(*sets)
    assert found.closed == len(everything)
    assert all(one.closers == 0 for one in found.still_open)
    fewest = next(
        size
        for size in range(len(sets) + 1)
        if any(set().union(*chosen) == everything for chosen in combinations(sets, size))
    )
    # Chvátal's bound for sets of at most four: 1 + 1/2 + 1/3 + 1/4.
    assert fewest <= len(found.picked) <= fewest * 25 / 12 + 1e-9


def test_elastic_rules_without_some_of_them_get_those_back():
    """Container rules of May taken away, and offered as candidates beside all of Elastic's."""
    corpus, release = real.elastic_rules(), load_release("19.0")
    known = [load_release("18.1")]
    expected = real.oracle("elastic20260505_containers_19.0.json")["live"]
    without = structs.replace(
        corpus,
        rules=tuple(one for one in corpus.rules if not ScopeColumn(one.column.value).in_scope),
    )
    study = build_study(without, release, known=known, options=StudyOptions())
    found = api.suggest_from(study, corpus, platforms=["Containers"], most=1_000)
    assert found.covered.numerator == 0
    assert found.closed == expected["scoped"]
    assert [
        one.target.technique.id
        for one in sorted(found.still_open, key=lambda one: one.target.technique.id)
    ] == expected["gaps"]
    in_scope = expected["rules"]["control plane"] + expected["rules"]["runtime"]
    assert found.in_scope == in_scope


def test_sigma_rules_for_linux_against_a_plain_reading():
    """What Elastic's live rules leave open in 18.1, and what Sigma's tags say of it."""
    claimed = real.oracle("elastic20260505_cells_18.1.json")["live"]["techniques"]
    platforms = {
        item["external_references"][0]["external_id"]: item.get("x_mitre_platforms", [])
        for item in real.bundle_objects("enterprise-attack-18.1.json.gz")
        if item["type"] == "attack-pattern"
        and not item.get("revoked")
        and not item.get("x_mitre_deprecated")
    }
    gaps = {key for key, names in platforms.items() if names != ["PRE"] and key not in claimed}
    files = {
        path: data for path, data in real.sigma_files().items() if path.startswith("rules/linux/")
    }
    tags = {
        path: {
            tag.upper()
            for tag in re.findall(r"^ +- attack\.(t\d{4}(?:\.\d{3})?) *$", data.decode(), re.M)
        }
        for path, data in files.items()
        if not re.search(rb"^status: (?:deprecated|unsupported)", data, re.M)
    }
    release = load_release("18.1")
    study = build_study(real.elastic_rules(), release, options=StudyOptions())
    candidates = read_corpus([real.Files(label="sigma", files=files)])
    found = api.suggest_from(study, candidates, most=1_000)
    assert {one.technique.id for one in found.targets} == gaps
    closed = {target.technique.id for one in found.picked for target in one.closes}
    assert closed == gaps & set().union(*tags.values())
    assert len(closed) > 5
    for one in found.picked:
        says = tags[candidates.rules[one.rule].path]
        assert {target.technique.id for target in one.closes} <= says
