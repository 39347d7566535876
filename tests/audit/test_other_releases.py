"""Elastic's rules of May 2026 under releases that aren't bundled, against a count by hand."""

import functools
import json

import pytest

from analysis.independent import claims, is_active, is_live
from audit.by_hand import Attack, Claim, Stated, count, reported
from detcov.attack.bundle import read_bundle
from detcov.attack.foreign import foreign_domain
from detcov.report.tables import render_coverage_json
from detcov.study import StudyOptions, build_study
from real import SHARED, elastic_rules, elastic_trees, releases, there

RELEASES = {
    "13.1": "enterprise-attack-13.1.json.gz",
    "16.1": "enterprise-attack-16.1.json.gz",
    "17.1": "enterprise-attack-17.1.json.gz",
    "18.1": "enterprise-attack-18.1.json.gz",
    "19.0": "enterprise-attack-19.0-facts.json.gz",
    "ICS 18.1": "ics-attack-18.1.json",
    "Mobile 17.1": "mobile-attack-17.1.json",
}


@functools.cache
def by_hand(name):
    data = there(SHARED / "attack" / RELEASES[name]).read_bytes()
    return Attack(data, name.split()[-1])


@functools.cache
def stated():
    """The rules, with tomli and a few lines; their platforms are another test's matter."""
    found = []
    for path, tree in elastic_trees().items():
        rule = tree["rule"]
        made = tuple(
            Claim(technique, tactic, name, threat["framework"])
            for threat in rule.get("threat", ())
            for tactic, name, technique in claims({"rule": {"threat": [threat]}})
        )
        rank = 2 if is_live(path, tree) else 1 if is_active(path, tree) else 0
        found.append(Stated("elastic", "elastic", rule["rule_id"], rank, frozenset(), made))
    return found


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("13.1", False),
        ("13.1", True),
        ("16.1", False),
        ("17.1", False),
        ("ICS 18.1", False),
        ("Mobile 17.1", True),
    ],
)
def test_every_number(name, literal):
    file = RELEASES[name]
    release = read_bundle(there(SHARED / "attack" / file).read_bytes(), name=file)
    target = by_hand(name)
    study = build_study(
        elastic_rules(),
        release,
        known=releases(),
        options=StudyOptions(literal=literal),
        foreign=foreign_domain,
    )

    expected = count(
        target,
        stated(),
        known=() if literal else (by_hand("18.1"), by_hand("19.0")),
        foreign=frozenset() if name[0] == "1" else {*by_hand("18.1").all, *by_hand("19.0").all},
    )
    found = reported(json.loads(render_coverage_json(study)), target.tactics)

    assert study.release.version == target.version
    for numbers in (found, expected):
        del numbers["by_platform"]
    assert found == expected
