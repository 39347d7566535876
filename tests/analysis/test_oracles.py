"""Elastic's rules of May 2026, cell by cell and outcome by outcome, against reference results."""

from collections import Counter

import pytest

from detcov.attack.store import load_release
from detcov.study import StudyOptions, build_study
from real import elastic_rules, oracle, releases


def study_of(version, count):
    return build_study(
        elastic_rules(),
        load_release(version, cache_dir=None),
        known=releases(),
        options=StudyOptions(count=count),
    )


@pytest.mark.parametrize("version", ["18.1", "19.0"])
@pytest.mark.parametrize("count", ["live", "active"])
def test_every_technique_and_cell(version, count):
    expected = oracle(f"elastic20260505_cells_{version}.json")[count]

    coverage = study_of(version, count).coverage

    techniques = {key: len(one.rules) for key, one in coverage.techniques.items() if one.rules}
    cells = {
        f"{one.technique}|{one.tactic}": [one.drawn, len(one.inferred)]
        for one in coverage.cells.values()
        if one.drawn
    }
    assert techniques == expected["techniques"]
    assert cells == expected["cells"]


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_every_outcome_and_state(version):
    expected = oracle(f"elastic20260505_cells_{version}.json")

    study = study_of(version, "live")

    outcomes = Counter()
    for outcome, number in study.ledger.outcomes.items():
        outcomes[outcome.replace("redefined", "same")] += number  # the reference folds them
    assert outcomes == expected["outcomes"]
    assert study.states == {
        "live": expected["rules"]["live"],
        "not live": expected["rules"]["active"],
        "deprecated": expected["rules"]["deprecated"],
    }
