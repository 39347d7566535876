"""Which facts are about what, which of several counts, and which are about nothing."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.analysis import matching
from detcov.analysis.matching import _select
from stages_sample import (
    NO,
    UNKNOWN,
    YES,
    fact,
    stages,
    study,
    waiver,
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # outright beats word and glob, wherever it stands
        ([fact("telemetry", data="kubernetes"), fact("telemetry", NO, data="kube*")], YES),
        (
            [
                fact("telemetry", NO, data="logs-kubernetes.audit_logs-*"),
                fact("telemetry", NO, data="kubernetes"),
            ],
            NO,
        ),
        ([fact("telemetry", data="kube*"), fact("telemetry", NO, data="*kube*")], NO),
        (
            [
                fact("telemetry", data="kube*", date="2026-02-01"),
                fact("telemetry", NO, data="*kube*"),
            ],
            YES,
        ),
    ],
)
def test_which_of_two_facts_about_data_counts(facts, expected):
    assert study(*facts).estate.rule(0).fed is expected


@pytest.mark.parametrize(
    "name",
    ["audit", "ours:elastic:audit", "AUDIT [1]", "k8s/audit.toml", "ours/k8s/audit.toml", "k8s/*"],
)
def test_a_rule_goes_by_many_names(name):
    found = stages(fact("deployed", rule=name))

    assert [index for index, rule in found.rules.items() if rule.deployed is YES] == [0]
    assert found.unmatched == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([fact("deployed", rule="audit"), fact("deployed", NO, rule="*")], YES),
        ([fact("deployed", NO, rule="*"), fact("deployed", rule="a*")], YES),
        (
            [fact("deployed", rule="audit", date="2026-02-01"), fact("deployed", NO, rule="audit")],
            YES,
        ),
        (
            [
                fact("deployed", rule="audit", date="2026-02-01"),
                fact("deployed", UNKNOWN, rule="audit", date="2026-03-01"),
            ],
            UNKNOWN,
        ),
        ([fact("deployed", rule="audit", expiry="2026-05-04"), fact("deployed", NO, rule="*")], NO),
    ],
)
def test_which_of_two_facts_counts(facts, expected):
    assert stages(*facts).at("T1001", "Containers").deployed is expected


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (fact("deployed", rule="gone"), "no rule is called 'gone'"),
        (fact("deployed", rule="gone*"), "no rule is called 'gone*'"),
        (fact("tested", technique="T9999"), "ATT&CK Enterprise 9.0 has no technique T9999"),
        (
            fact("tested", technique="T1007"),
            "T1007 is revoked in ATT&CK Enterprise 9.0; use T1002",
        ),
        (fact("tested", technique="T1008"), "T1008 is deprecated in ATT&CK Enterprise 9.0"),
        (
            waiver("T1003", "Container"),
            "ATT&CK Enterprise 9.0 has no platform 'Container'; did you mean Containers?",
        ),
        (waiver("T1003", "x"), "ATT&CK Enterprise 9.0 has no platform 'x'"),
        (
            waiver("T1004", "Containers"),
            "T1004 isn't used on Containers, says ATT&CK Enterprise 9.0",
        ),
        (fact("telemetry", data="sysmon"), "no rule and no analytic reads 'sysmon'"),
    ],
)
def test_a_fact_about_nothing(bad, why):
    found = stages(bad, fact("deployed", rule="audit"))

    assert [(one.fact, one.why) for one in found.unmatched] == [(bad, why)]


@pytest.mark.parametrize(
    "data", ["kubernetes", "auditbeat-*", "docker:events", "docker", "Process Creation"]
)
def test_data_that_something_reads(data):
    assert stages(fact("telemetry", data=data)).unmatched == ()


@given(
    st.text("ab*?[]!-", max_size=8),
    st.lists(st.text("ab[]!-", max_size=6).map(str.casefold), max_size=6),
)
def test_globs_are_those_of_fnmatch(glob, names):
    found, exact = _select(glob, names)

    assert exact is (glob in names)
    if not exact:
        marks = any(mark in glob for mark in "*?[")
        assert found == [name for name in names if marks and fnmatchcase(name, glob)]


def test_a_longer_pattern_than_facts_may_have_is_never_compiled(monkeypatch):
    """A snapshot of an earlier version may hold one."""
    monkeypatch.setattr(matching, "translate", None)
    long = "[" * 40_000
    assert not matching.DataMatcher(long).name("logs-x")
    assert matching._select(long, ["rule"]) == ([], False)
