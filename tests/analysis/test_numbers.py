"""The numbers of Elastic's rules of May 2026, against counts that owe detcov nothing."""

import functools
from collections import Counter
from pathlib import Path

import pytest

from analysis.independent import (
    attack,
    claims,
    is_active,
    is_live,
    rules_by_technique,
    says_linux,
)
from detcov.analysis.ledger import Estimate
from detcov.attack.store import load_release
from detcov.study import Study, StudyOptions, build_study
from real import elastic_rules, elastic_trees, oracle, releases

VERSIONS = ("18.1", "19.0")


@functools.cache
def study_of(version, count="live", *platforms) -> Study:
    return build_study(
        elastic_rules(),
        load_release(version, cache_dir=None),
        known=releases(),
        options=StudyOptions(count=count, platforms=platforms),
    )


def fraction(ratio):
    return ratio.numerator, ratio.denominator


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("count", "counts"), [("live", is_live), ("active", is_active)])
def test_headline_range_and_depth(version, count, counts):
    active, _, _ = attack(version)
    rules = rules_by_technique(version, counts)
    before = {key for key, (_, platforms) in active.items() if platforms == {"PRE"}}
    inside = active.keys() - before
    covered = {key for key, paths in rules.items() if paths}
    parents = {key for key in inside if "." not in key}
    via = {key.split(".")[0] for key in covered & inside if "." in key}

    coverage = study_of(version, count).coverage

    assert fraction(coverage.headline) == (len(covered & inside), len(inside))
    several = sum(1 for key in inside if len(rules[key]) > 1)
    assert fraction(coverage.two_or_more) == (several, len(inside))
    assert fraction(coverage.parents_with_via) == (len(parents & (covered | via)), len(parents))
    assert fraction(coverage.pre_only) == (len(before & covered), len(before))
    assert coverage.some_claim.numerator == coverage.headline.numerator
    assert Counter(one.depth.value for one in coverage.techniques.values()) == Counter(
        ("none", "one", "several")[min(len(paths), 2)] for paths in rules.values()
    )
    assert len(coverage.counted) == sum(1 for item in elastic_trees().items() if counts(*item))


@pytest.mark.parametrize("version", VERSIONS)
def test_via_k_of_n_subtechniques(version):
    rules = rules_by_technique(version, is_live)
    expected = {}
    for key, paths in rules.items():
        if "." in key:
            k, n = expected.get(key.split(".")[0], (0, 0))
            expected[key.split(".")[0]] = k + bool(paths), n + 1

    techniques = study_of(version).coverage.techniques.values()

    assert {
        one.technique.id: (one.subtechniques_covered, one.subtechniques)
        for one in techniques
        if one.subtechniques
    } == expected


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("count", ["live", "active"])
def test_each_tactic_stated_and_inferred(version, count):
    active, _, tactics = attack(version)
    drawn = oracle(f"elastic20260505_cells_{version}.json")[count]["cells"]
    expected = {}
    for shortname, tactic_id in tactics.items():
        own = [cell for key, cell in drawn.items() if key.split("|")[1] == shortname]
        expected[shortname] = (
            sum(1 for rules, inferred in own if rules > inferred),
            sum(1 for stated, _ in active.values() if tactic_id in stated),
            sum(1 for rules, inferred in own if rules == inferred),
        )

    found = study_of(version, count).coverage.tactics

    assert {
        one.tactic.shortname: (one.covered, one.techniques, one.inferred) for one in found
    } == expected
    assert [one.tactic.shortname for one in found if one.pre_only] == [
        "reconnaissance",
        "resource-development",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_linux(version):
    active, _, _ = attack(version)
    inside = {key for key, (_, platforms) in active.items() if "Linux" in platforms}
    any_rule = rules_by_technique(version, is_live)
    own = rules_by_technique(version, is_live, says_linux)

    coverage = study_of(version, "live", "Linux").coverage

    assert coverage.techniques.keys() == inside
    assert fraction(coverage.headline) == (sum(1 for key in inside if own[key]), len(inside))
    assert fraction(coverage.some_claim) == (
        sum(1 for key in inside if any_rule[key]),
        len(inside),
    )
    assert {key: len(one.rules) for key, one in coverage.techniques.items()} == {
        key: len(own[key]) for key in inside
    }
    paths = [rule.path for rule in elastic_rules().rules]
    stated = {
        key: {paths[index] for index in one.rules} for key, one in coverage.techniques.items()
    }
    assert stated == {key: own[key] for key in inside}


def test_linux_by_the_tag_alone():
    """DESIGN's figure: 242 of 355 have some claim, 160 one of a rule tagged `OS: Linux`."""
    inside = [key for key, (_, platforms) in attack("19.0")[0].items() if "Linux" in platforms]
    tagged = rules_by_technique(
        "19.0", is_live, lambda tree: "OS: Linux" in tree["rule"].get("tags", ())
    )

    coverage = study_of("19.0", "live", "Linux").coverage

    rules = elastic_rules().rules
    by_tag = [
        key
        for key, one in coverage.techniques.items()
        if any(stated.field == "tag OS: Linux" for i in one.rules for stated in rules[i].platforms)
    ]
    assert sorted(by_tag) == sorted(key for key in inside if tagged[key])
    assert (len(by_tag), *fraction(coverage.some_claim)) == (160, 242, 355)


def test_containers_has_no_technique_in_five_tactics():
    tactics = study_of("18.1", "live", "Containers").coverage.tactics

    assert {
        one.tactic.name: one.ratio.percent for one in tactics if one.ratio.percent == "n/a"
    } == {
        "Reconnaissance": "n/a",
        "Resource Development": "n/a",
        "Collection": "n/a",
        "Command and Control": "n/a",
        "Exfiltration": "n/a",
    }


def test_several_platforms_are_a_union():
    """A technique in scope has one of them; a rule counts if it states one that both share."""
    linux, macos, both = (
        study_of("19.0", "live", *names).coverage
        for names in (("Linux",), ("macOS",), ("Linux", "macOS"))
    )

    assert both.techniques.keys() == linux.techniques.keys() | macos.techniques.keys()
    assert {key: set(one.rules) for key, one in both.techniques.items()} == {
        key: {
            index
            for single in (linux, macos)
            if key in single.techniques
            for index in single.techniques[key].rules
        }
        for key in both.techniques
    }
    assert set(both.counted) == set(linux.counted) | set(macos.counted)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_ledger(version):
    """Outcomes are in test_oracles; here the sums that stand in every report."""
    expected = oracle(f"elastic20260505_cells_{version}.json")["outcomes"]
    renamed = {("TA0005", name) for name in ("Defense Evasion", "Stealth")} - {
        ("TA0005", "Defense Evasion" if version == "18.1" else "Stealth")
    }
    active, successors, _ = attack(version)
    redefined = sum(
        1
        for path, tree in elastic_trees().items()
        if is_active(path, tree)
        for tactic, name, stated in claims(tree)
        if (tactic, name) in renamed and tactic in active[successors.get(stated, stated)][0]
    )

    ledger = study_of(version).ledger

    assert ledger.claims == sum(expected.values())
    changed = {key: n for key, n in expected.items() if key != "same/same"}
    in_both = expected.get("replaced/same", 0)  # replaced, and the tactic redefined
    assert ledger.carried == sum(changed.values()) - in_both + redefined
    assert ledger.need_person == sum(n for key, n in expected.items() if "reassigned" in key)
    assert ledger.newer == 0
    assert ledger.marks == {"18.1": len(_mention_what_19_0_lacks())}


def test_the_corpus_was_written_for_18_1():
    active, _, tactics = attack("18.1")
    names = {tactic_id: shortname for shortname, tactic_id in tactics.items()}
    fitting = total = 0
    for path, tree in elastic_trees().items():
        if is_active(path, tree):
            for tactic, name, stated in _statements(tree):
                total += 1
                has = active[stated][0] if stated in active else set(tactics.values())
                known = stated is None or stated in active
                named = names[tactic] == name.lower().replace(" ", "-")
                fitting += known and named and tactic in has

    assert study_of("19.0").ledger.estimates == (
        Estimate(
            source="elastic",
            format="elastic",
            oldest="18.1",
            newest="18.1",
            fitting=fitting,
            total=total,
        ),
    )


def _statements(tree):
    """Claims, carriers and tactics without a technique."""
    for threat in tree["rule"].get("threat", ()):
        tactic = threat["tactic"]
        for technique in threat.get("technique") or [{}]:
            for one in (technique, *technique.get("subtechnique", ())):
                yield tactic["id"], tactic["name"], one.get("id")


def _mention_what_19_0_lacks():
    """Active rules that name Defense Evasion, or a technique that is active in 18.1 only."""
    only = attack("18.1")[0].keys() - attack("19.0")[0].keys()
    return [
        path
        for path, tree in elastic_trees().items()
        if is_active(path, tree)
        and any(name == "Defense Evasion" or key in only for _, name, key in _statements(tree))
    ]


def test_the_page_quotes_these_numbers():
    page = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text(encoding="utf-8")
    text = " ".join(page.split())
    study = study_of("19.0")
    coverage, ledger = study.coverage, study.ledger
    linux = study_of("19.0", "live", "Linux").coverage

    for ratio in (
        coverage.headline,
        coverage.two_or_more,
        coverage.parents_with_via,
        linux.some_claim,
    ):
        assert f"{ratio.numerator} of {ratio.denominator}" in text
    assert f"; {linux.headline.numerator} have a rule that says it is for Linux" in text
    assert (
        f"Of Elastic's {ledger.claims:,} claims {ledger.carried:,} are carried to 19.0, "
        f"and {ledger.need_person} need a person"
    ) in text
