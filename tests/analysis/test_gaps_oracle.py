"""Container gaps of Elastic's rules of May 2026, against reference results made without detcov."""

import pytest

from detcov.analysis.gaps import find_gaps
from detcov.analysis.scope import columns_of
from detcov.attack.store import load_release
from detcov.study import StudyOptions, build_study
from real import elastic_rules, oracle

IN_SCOPE = ("control plane", "runtime")
BY_INTEGRATION = 11
"""Machine-learning rules whose integration is Linux's own; the reference goes by the tag."""


def gaps(version, count):
    corpus = elastic_rules()
    known = [load_release(one) for one in ("18.1", "19.0")]
    study = build_study(
        corpus, load_release(version), known=known, options=StudyOptions(count=count)
    )
    columns = columns_of(corpus, count)
    return find_gaps(study.release, corpus, study.coverage, "Containers", columns=columns)


@pytest.mark.parametrize("count", ["live", "active"])
@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_containers(version, count):
    expected = oracle(f"elastic20260505_containers_{version}.json")[count]

    found = gaps(version, count)

    assert found.techniques.keys() == expected["rows"].keys()
    assert [one.technique.id for one in found.open] == expected["gaps"]
    assert found.covered.numerator == expected["scoped"]
    assert found.some_claim.numerator == expected["any"]
    assert found.with_node.numerator == expected["scoped_or_node"]
    for key, row in expected["rows"].items():
        columns = {name: len(rules) for name, rules in found.techniques[key].columns.items()}
        assert {name: columns[name] for name in IN_SCOPE} == {name: row[name] for name in IN_SCOPE}
        assert sum(columns.values()) == sum(row[name] for name in columns), key


@pytest.mark.parametrize("count", ["live", "active"])
def test_rules_in_each_column(count):
    expected = oracle("elastic20260505_containers_19.0.json")[count]["rules"]

    found = gaps("19.0", count).rules

    assert {name: found[name] for name in IN_SCOPE} == {name: expected[name] for name in IN_SCOPE}
    assert found["node"] - expected["node"] == BY_INTEGRATION
    assert expected["other"] - found["other"] == BY_INTEGRATION
