"""The checks of facts, as findings of a run."""

from detcov.facts import Fact, FactKind, Facts
from detcov.model import Finding, Place, Severity
from detcov.study import build_study
from made import NEW, RUNNING, make_corpus, make_mapping, make_rule


def finding(code, name, severity, message, line, subject) -> Finding:
    return Finding(
        code=code,
        name=name,
        severity=severity,
        message=message,
        source="",
        path="facts.csv",
        place=Place(line=line, exact=False),
        rule_id="",
        rule_name="",
        subject=subject,
    )


def test_findings():
    def waived(technique, line, **fields):
        return Fact(
            kind=FactKind.WAIVED, technique=technique, file="facts.csv", line=line, **fields
        )

    rule = make_rule(make_mapping("T1001", RUNNING), platforms=["Linux"])
    facts = Facts(
        facts=(
            waived("T1002", 2, owner="Ana", expiry="2026-05-04"),
            waived("T9999", 3, owner="Ana", expiry="2026-06-01"),
            waived("T1001", 4, owner="Ana", platform="Linux", expiry="2026-06-01"),
            Fact(
                kind=FactKind.TESTED, rule="rule-1", file="facts.csv", line=5, expiry="2026-01-01"
            ),
        ),
        date="2026-05-05",
    )

    findings = build_study(make_corpus(rule), NEW, facts=facts).findings

    assert tuple(one for one in findings if one.code.startswith("F")) == (
        finding(
            "F301",
            "fact-expired",
            Severity.WARNING,
            "waived T1002: expired on 2026-05-04, owner Ana",
            2,
            "T1002",
        ),
        finding(
            "F302",
            "fact-unmatched",
            Severity.WARNING,
            "waived: ATT&CK Enterprise 10.0 has no technique T9999",
            3,
            "T9999",
        ),
        finding(
            "F303",
            "fact-needless",
            Severity.NOTE,
            "waived T1001 on Linux: a rule covers it",
            4,
            "T1001 on Linux",
        ),
        finding(
            "F301",
            "fact-expired",
            Severity.WARNING,
            "tested rule-1: expired on 2026-01-01",
            5,
            "rule-1",
        ),
    )
