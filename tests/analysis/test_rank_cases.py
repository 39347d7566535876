"""An expert agrees with the order of gaps: cases with their reasons, on ATT&CK's own facts.

The cases stand in rank_cases.toml. Rules are made here, or read from ../shared where it is there.
"""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from detcov.api import gaps_of, load_release, study_of
from detcov.model import Stated
from made import make_corpus, make_mapping, make_rule
from real import elastic_rules, sigma_rules

DATA = tomllib.loads(Path(__file__).with_name("rank_cases.toml").read_text("utf-8"))
CASES = {case["name"]: case for case in DATA["cases"]}
ESTATE = "endpoint-and-cloud"
CORPORA = {"elastic": elastic_rules, "sigma": sigma_rules}
REAL = [(name, corpus) for name, case in CASES.items() for corpus in case["real"]]


@cache
def release():
    return load_release("19.0")


def corpus_of(rules, source="ours"):
    return make_corpus(
        *(
            make_rule(
                *(make_mapping(technique) for technique in rule["claims"]),
                source=source,
                native_id=f"{source}-{at}",
                name=rule["name"],
                platforms=rule["platforms"],
                reads=tuple(rule.get("reads", ())),
                **(
                    {"column": Stated(value=rule["column"], field="tag")}
                    if "column" in rule
                    else {}
                ),
            )
            for at, rule in enumerate(rules)
        )
    )


def candidates_of(case):
    techniques = case.get("candidates", ())
    if not techniques:
        return None
    column = {"column": "runtime"} if case["platform"] == "Containers" else {}
    rules = [
        {"name": f"Sees {one}", "claims": [one], "platforms": [case["platform"]]} | column
        for one in techniques
    ]
    return corpus_of(rules, "theirs")


def order(corpus, case):
    """The ids of the gaps, the first to close first."""
    study = study_of(corpus, release())
    (found,) = gaps_of(study, case["platform"], candidates=candidates_of(case))
    return [ranked.gap.technique.id for ranked in found.ranked]


@pytest.mark.parametrize("name", CASES)
def test_an_expert_agrees(name):
    case = CASES[name]
    ids = order(corpus_of(DATA["estates"][case.get("estate", ESTATE)]["rules"]), case)

    above = ids[: ids.index(case["first"])]
    assert [one for one in case["below"] if one not in ids] == []
    assert [one for one in case["below"] if one in above] == [], case["because"]


@pytest.mark.parametrize(("name", "corpus"), REAL)
def test_an_expert_agrees_on_real_rules(name, corpus):
    case = CASES[name]
    ids = order(CORPORA[corpus](), case)

    above = ids[: ids.index(case["first"])]
    assert [one for one in case["below"] if one in above] == [], case["because"]


@pytest.mark.parametrize("platform", ["Linux", "Windows", "macOS", "Containers", "IaaS"])
@pytest.mark.parametrize("corpus", CORPORA)
def test_what_is_held_down_is_not_among_the_first_ten_of_real_rules(corpus, platform):
    (found,) = gaps_of(study_of(CORPORA[corpus](), release()), platform)

    assert [one.gap.technique.id for one in found.ranked[:10] if one.ubiquitous] == []
    assert all(part.points > 0 for one in found.ranked for part in one.parts)
