"""What a rule of many tags costs, and many rules of one id: to compare each with each is for ever.

Calls are counted, not seconds: no clock tells the same twice.
"""

import sys

import pytest

from check.judged import ON_NEW
from detcov.check import run_checks
from detcov.model import Defect, Place
from made import make_corpus, make_mapping, make_rule

MANY = 100


def judged(rules):
    """The findings of rules, and how many calls it took to find them."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    resolutions = [ON_NEW.resolve(rule) for rule in rules]
    sys.setprofile(count)
    try:
        findings = run_checks(make_corpus(*rules), resolutions, ON_NEW, "live")
    finally:
        sys.setprofile(None)
    return findings, calls


def grown(rules_of):
    """The findings of twice as much, once twice as much is seen to take twice the calls."""
    judged(rules_of(2 * MANY))  # what is remembered for good
    _, few = judged(rules_of(MANY))
    findings, many = judged(rules_of(2 * MANY))

    assert many < 2.5 * few
    return findings


def tags(tactic, technique, many):
    return [
        one
        for entry in range(0, 2 * many, 2)
        for one in (
            make_mapping(name=tactic, entry=entry),
            make_mapping(technique, entry=entry + 1),
        )
    ]


def pairs(tactic, technique, many):
    return [make_mapping(technique, name=tactic, entry=entry) for entry in range(many)]


@pytest.mark.parametrize(
    ("tactic", "technique", "told"),
    [
        pytest.param("running-code", "T1001", {"M111"}, id="right"),
        pytest.param("entry", "T1001", {"M111", "M116", "M117"}, id="of another tactic"),
        pytest.param("hiding", "T1004", {"M111", "D113"}, id="renamed"),
        pytest.param("hidding", "T1004", {"M111", "M113"}, id="misspelt"),
    ],
)
@pytest.mark.parametrize("stated", [tags, pairs])
def test_many_tactics_and_techniques_in_a_rule(stated, tactic, technique, told):
    def rules(many):
        mappings = stated(tactic, technique, many)
        return [make_rule(*mappings, paired=stated is pairs, format="sigma")]

    findings = grown(rules)
    if stated is tags:
        assert {one.code for one in findings} >= told
    assert max(len(one.message) for one in findings) < 200


def test_many_rules_of_one_id():
    findings = grown(lambda many: [make_rule(path=f"{number}.yml") for number in range(many)])
    assert sum(one.code == "R202" for one in findings) == 2 * MANY


def test_many_tactics_that_are_malformed_and_misspelt():
    def rules(many):
        names = [f"Hidding {number}" for number in range(many)]
        slugs = [one.lower().replace(" ", "-") for one in names]
        return [
            make_rule(
                *(make_mapping(name=one, entry=entry) for entry, one in enumerate(names)),
                paired=False,
                format="sigma",
                defects=tuple(
                    Defect(
                        kind="tactic-malformed",
                        subject=one,
                        place=Place(line=1),
                        meant=f"attack.{one}",
                    )
                    for one in slugs
                ),
            )
        ]

    assert sum(one.code == "M113" for one in grown(rules)) == 2 * MANY
