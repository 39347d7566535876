import json
from decimal import Decimal

import pytest

from detcov.analysis.change import unknown
from detcov.errors import InputError, UsageError
from detcov.study import StudyOptions, build_study
from detcov.timeline.gate import Threshold, known_findings, missed, parse_threshold
from made import NEW, OLD, RUNNING, make_corpus, make_mapping, make_rule


def study(*techniques, platforms=()):
    rules = [
        make_rule(make_mapping(one, RUNNING), native_id=one, platforms=("Windows",))
        for one in techniques
    ]
    options = StudyOptions(platforms=platforms)
    return build_study(make_corpus(*rules), NEW, known=(OLD, NEW), options=options)


@pytest.mark.parametrize(
    ("text", "metric", "percent", "platform"),
    [
        ("covered=60", "covered", "60", ""),
        ("covered = 60.5 %", "covered", "60.5", ""),
        ("Containers.covered=40", "covered", "40", "Containers"),
        ("Office Suite.two-or-more=0", "two-or-more", "0", "Office Suite"),
        ("parents=100", "parents", "100", ""),
    ],
)
def test_a_threshold_names_its_metric(text, metric, percent, platform):
    assert parse_threshold(text) == Threshold(
        metric=metric, percent=Decimal(percent), platform=platform
    )


@pytest.mark.parametrize(
    "text",
    [
        "60",
        "covered",
        "covered=",
        "covered=x",
        "covered=101",
        "covered=nan",
        "covered=snan",
        "covered=inf",
        "covered=-1",
        "coverd=5",
        "",
    ],
)
def test_anything_else_is_said(text):
    with pytest.raises(UsageError, match="write METRIC=PERCENT"):
        parse_threshold(text)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        # 16 techniques of 10.0 are active and not PRE-only; one has a rule: 6.25 %.
        ("covered=6.25", None),
        ("covered=6.26", "covered is 1 of 16 (6 %), under 6.26 %"),
        ("covered=7", "covered is 1 of 16 (6 %), under 7 %"),
        ("two-or-more=1", "two-or-more is 0 of 16 (0 %), under 1 %"),
        ("two-or-more=0", None),
    ],
)
def test_a_threshold_is_compared_exactly_and_not_as_rounded(threshold, expected):
    found = study("T1001").coverage
    assert found.headline.denominator == 16
    assert missed(parse_threshold(threshold), found) == expected


def test_nothing_to_cover_misses_nothing():
    found = study("T1001", platforms=("PRE",)).coverage
    assert found.headline.denominator == 0
    assert missed(parse_threshold("covered=60"), found) is None


def test_a_known_finding_is_known_once():
    found = study("T9999")
    assert found.findings
    known = [
        (one.code, one.source, one.rule_id, one.subject, one.message) for one in found.findings
    ]
    assert unknown(found.findings, known) == ()
    assert unknown(found.findings, known[1:]) == found.findings[:1]
    assert unknown(found.findings, ()) == found.findings


def test_findings_are_known_from_their_file():
    data = {
        "format": "detcov-findings",
        "findings": [
            {"code": "M101", "source": "s", "rule_id": "r", "message": "m", "place": {"line": 3}},
            {"code": "M102", "source": "s", "rule_id": "r", "message": "m", "subject": "T1"},
        ],
    }
    assert known_findings(json.dumps(data).encode()) == (
        ("M101", "s", "r", None, "m"),
        ("M102", "s", "r", "T1", "m"),
    )


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"format": "detcov-snapshot"}', b"\xff"])
def test_another_file_is_none_of_findings(data):
    assert known_findings(data) is None


def test_a_damaged_findings_file_is_said():
    with pytest.raises(InputError, match="damaged: "):
        known_findings(b'{"format": "detcov-findings", "findings": [1]}')
