"""Panther detections: what is read of files made here, of any text, and of Panther's own."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.attack.foreign import foreign_domain
from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from detcov.study import StudyOptions, build_study
from formats import check_any
from real_corpora import by_statement, corpus_of, files_of, misplaced

CORPUS = Path(__file__).parents[1] / "corpus" / "panther"
REAL = "panther-analysis-20260701"


def read(folder, text):
    (folder / "rule.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="p", root=folder),))


@pytest.fixture(scope="module")
def good():
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / "good")])
    assert corpus.failures == ()
    assert corpus.ignored == 2, "a query, and a type that is no text"
    return {rule.path: rule for rule in corpus.rules}


def test_pairs_with_their_places(good):
    rule = good["plain.yml"]
    text = (CORPUS / "good" / "plain.yml").read_text()

    assert rule.paired
    stated = [(one.tactic_id, one.technique_id) for one in rule.mappings]
    assert stated == [
        ("TA0002", "T1609"),
        ("TA0008", "T1021.004"),
        ("TA003", "T1556"),
        ("TA0006", "T0018.000"),
        ("TA0035", "T1636.003"),
        ("TA0005", "T1562.001"),
    ]
    for one in rule.mappings:
        assert text[one.place.start : one.place.end] == one.technique_id
        assert text[one.tactic_place.start : one.tactic_place.end] == one.tactic_id
    assert [one.place.line for one in rule.mappings] == [15, 17, 18, 19, 20, 21]


def test_the_rest_of_a_rule(good):
    rule, odd = good["plain.yml"], good["odd.yml"]

    assert (rule.key.native_id, rule.name) == (
        "Kubernetes.Pod.Exec.Unusual",
        "Unusual Exec into a Pod",
    )
    assert (rule.severity, rule.state.live) == ("informational", True)
    assert rule.reads == ("Amazon.EKS.Audit", "Azure.MonitorActivity")
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Containers", "RuleID Kubernetes.Pod.Exec.Unusual")
    ]
    assert rule.column.value == "control plane"
    assert (odd.name, odd.severity) == ("AWS.S3.Bucket.Odd", "low")
    assert [(one.value, one.field) for one in odd.platforms] == [
        ("IaaS", "ResourceTypes AWS.S3.Bucket")
    ]
    assert good["no_report.yml"].mappings == ()


def test_irregular_entries(good):
    rule = good["odd.yml"]
    stated = [
        (one.role, one.tactic_id or one.tactic_name, one.technique_id) for one in rule.mappings
    ]

    assert stated == [
        (Role.CLAIM, None, "T1530"),
        (Role.TACTIC, "TA0009", None),
        (Role.CLAIM, "Collection", "T1119"),
        (Role.TACTIC, "TA0009", None),
        (Role.CLAIM, None, "T1119"),
    ]
    assert [(one.kind, one.subject) for one in rule.defects] == [
        ("not-text", "1530"),
        ("not-text", "null"),
        ("duplicate-key", "Severity"),
    ]


def test_bad_files_are_one_line_each():
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "tabs.yml:3:1: not YAML: a tab, where only spaces may stand",
        "unclosed.yml:4:1: not YAML: did not find expected ',' or ']'",
        "windows_1252.yml:2:12: not UTF-8: byte 0xe9",
    ]


@pytest.mark.parametrize(
    ("key", "logs", "tags", "platforms", "column", "why"),
    [
        ("A.B", "[AWS.CloudTrail]", "[]", "IaaS", "other", ""),
        (
            *("A.B", "[Amazon.EKS.Audit]", "[]", "Containers"),
            *("control plane", "LogTypes Amazon.EKS.Audit"),
        ),
        (
            "A.B",
            "[Amazon.EKS.Audit, Okta.SystemLog]",
            "[]",
            "Containers Identity Provider",
            "other",
            "",
        ),
        ("A.B", "[GCP.AuditLog]", "[Kubernetes]", "Containers", "control plane", "tag Kubernetes"),
        ("GCP.K8s.B", "[GCP.AuditLog]", "[]", "Containers", "control plane", "RuleID GCP.K8s.B"),
        (
            *("AWS.ECR.B", "[AWS.CloudTrail]", "[]", "Containers IaaS"),
            *("control plane", "RuleID AWS.ECR.B"),
        ),
        (
            "A.B",
            "[Microsoft365.Audit.AzureActiveDirectory]",
            "[]",
            "Identity Provider",
            "other",
            "",
        ),
        ("A.B", "[Microsoft365.Audit.Exchange]", "[]", "Office Suite", "other", ""),
        ("A.B", "[Crowdstrike.FDREvent]", "[]", "", "other", ""),
        ("A.B", "~", "~", "", "other", ""),
    ],
)
def test_platforms_and_column(tmp_path, key, logs, tags, platforms, column, why):
    text = f"AnalysisType: rule\nRuleID: {key}\nLogTypes: {logs}\nTags: {tags}\n"
    (rule,) = read(tmp_path, text).rules

    assert " ".join(stated.value for stated in rule.platforms) == platforms
    assert all(stated.field for stated in rule.platforms)
    assert (rule.column.value, rule.column.field) == (column, why)


_PIECES = st.sampled_from(
    [
        *("AnalysisType: rule\n", "RuleID: A\n", "Reports:\n", "  MITRE ATT&CK:", " [", "TA0002"),
        *(":", "T1609", ", ", "]", "\n", "    - ", "'", '"', "~", "1", "{", "}", " ", "&a ", "*a"),
        *("---\n", "\t", "\r\n", "\ufeff", "Enabled: false\n", "LogTypes: [A]\n", "Tags: 1\n"),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
@example("AnalysisType: rule\nReports: {MITRE ATT&CK: {a: 'T1:T2'}}\n")
@example("AnalysisType: rule\nReports: {MITRE ATT&CK: ['::', ' : ', ':', '']}\n")
@example("AnalysisType: rule\nReports:\n  MITRE ATT&CK:\n    - >\n      TA0002:\n      T1609\n")
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yml": text})


@pytest.fixture(scope="module")
def texts():
    """The real detections, told apart by their first words."""
    kind = re.compile(r"^AnalysisType: (?:rule|policy|scheduled_rule|correlation_rule)\b", re.M)
    found = {path: data.decode() for path, data in files_of(REAL, ".yml", ".yaml").items()}
    return {path: text for path, text in found.items() if kind.search(text)}


def field(text, key):
    found = re.search(rf"^{key}: *[\"']?([\w.]+)", text, re.MULTILINE)
    return found[1].lower() if found else None


def test_panthers_own_counts(texts):
    """Every item of a list that is a pair, found in the text without YAML."""
    corpus = corpus_of(REAL)
    pair = re.compile(r"""^ *- +['"]?(TA\d+:T[\d.]+)""", re.MULTILINE)

    assert not corpus.failures
    assert {
        rule.path: [f"{one.tactic_id}:{one.technique_id}" for one in rule.mappings]
        for rule in corpus.rules
    } == {path: pair.findall(text) for path, text in texts.items()}
    assert len(corpus.rules) == 1073, "as surveyed"
    assert by_statement(corpus) == {"T": 733, "t": 0, "n": 340}, "as surveyed"
    stated = {one.technique_id for rule in corpus.rules for one in rule.mappings}
    assert len(stated) == 149, "as surveyed"
    assert misplaced(corpus, files_of(REAL, ".yml", ".yaml")) == []


def test_panthers_own_states(texts):
    for rule in corpus_of(REAL).rules:
        text = texts[rule.path]
        live = field(text, "Enabled") == "true" and field(text, "AnalysisType") != "policy"
        live = live and field(text, "CreateAlert") != "false"
        assert rule.state.live == (live and field(text, "Status") != "deprecated")
        assert rule.severity[:4] == field(text, "Severity")[:4]


def test_panthers_own_defects():
    """As surveyed: 53 not in their tactic, 3 deprecated, 3 that are none of Enterprise 18.1."""
    study = build_study(
        corpus_of(REAL),
        load_release("18.1", cache_dir=None),
        options=StudyOptions(count="all", literal=True),
        foreign=foreign_domain,
    )
    codes = Counter(one.code for one in study.findings)

    assert codes["M105"] == 53
    assert codes["M104"] == 3
    unknown = sorted(one.subject for one in study.findings if one.code in {"M102", "M121"})
    assert unknown == ["T0018.000", "T1201.007", "T1636.003"]
    assert set(codes) == {"M102", "M104", "M105", "M115", "M121", "M123", "R201", "R203"}


def test_the_cells_they_state(texts):
    """The pairs of live detections, found in the text, that are true at 18.1."""
    release = load_release("18.1", cache_dir=None)
    names = {tactic.id: tactic.shortname for tactic in release.tactics}
    rules = {rule.path: rule.state.live for rule in corpus_of(REAL).rules}
    pairs = {
        (f"TA{tactic:0>4}", technique)
        for path, text in texts.items()
        if rules[path]
        for tactic, technique in re.findall(r"""^ *- +['"]?TA(\d+):(T[\d.]+)""", text, re.M)
    }
    expected = {
        (names[tactic], technique)
        for tactic, technique in pairs
        if technique in release.active and names.get(tactic) in release.active[technique].tactics
    }
    study = build_study(corpus_of(REAL), release, options=StudyOptions(literal=True))

    assert {cell for cell, one in study.coverage.cells.items() if one.stated} == expected
