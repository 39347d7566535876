"""What a rule of thousands of tags costs: looking at each beside each other takes for ever."""

import time

import pytest

from check.judged import ON_NEW
from detcov.check import run_checks
from detcov.model import Defect, Place
from made import make_corpus, make_mapping, make_rule

MANY = 8_000
SECONDS = 5
"""It takes a tenth of this; in quadratic time it takes three times as long and more"""


def tags(tactic, technique):
    return [
        one
        for entry in range(0, 2 * MANY, 2)
        for one in (
            make_mapping(name=tactic, entry=entry),
            make_mapping(technique, entry=entry + 1),
        )
    ]


def pairs(tactic, technique):
    return [make_mapping(technique, name=tactic, entry=entry) for entry in range(MANY)]


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
    rule = make_rule(*stated(tactic, technique), paired=stated is pairs, format="sigma")
    resolutions = [ON_NEW.resolve(rule)]
    began = time.perf_counter()
    findings = run_checks(make_corpus(rule), resolutions, ON_NEW, "live")
    took = time.perf_counter() - began

    assert took < SECONDS
    if stated is tags:
        assert {one.code for one in findings} >= told
    assert max(len(one.message) for one in findings) < 200


def test_many_rules_of_one_id():
    rules = [make_rule(path=f"{number}.yml") for number in range(4_000)]
    corpus, resolutions = make_corpus(*rules), [()] * len(rules)
    began = time.perf_counter()
    findings = run_checks(corpus, resolutions, ON_NEW, "live")

    assert time.perf_counter() - began < SECONDS
    assert sum(one.code == "R202" for one in findings) == len(rules)


def test_many_tactics_that_are_malformed_and_misspelt():
    names = [f"Hidding {number}" for number in range(6_000)]
    slugs = [one.lower().replace(" ", "-") for one in names]
    rule = make_rule(
        *(make_mapping(name=one, entry=entry) for entry, one in enumerate(names)),
        paired=False,
        format="sigma",
        defects=tuple(
            Defect(kind="tactic-malformed", subject=one, place=Place(line=1), meant=f"attack.{one}")
            for one in slugs
        ),
    )
    began = time.perf_counter()
    findings = run_checks(make_corpus(rule), [ON_NEW.resolve(rule)], ON_NEW, "live")

    assert time.perf_counter() - began < SECONDS
    assert sum(one.code == "M113" for one in findings) == len(names)
