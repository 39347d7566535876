"""Splunk detections: what is read of files made here, of any text, and of Splunk's own."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.attack.store import load_release
from detcov.load import splunk_sources
from detcov.load.corpus import read_corpus
from detcov.model import Role, TacticOutcome
from detcov.source import FolderSource
from detcov.study import StudyOptions, build_study
from formats import check_any
from real_corpora import by_statement, corpus_of, files_of, misplaced

CORPUS = Path(__file__).parents[1] / "corpus" / "splunk"
REAL = "splunk-security_content-20241024"
RULE = """\
name: N
id: 1
type: TTP
status: production
search: '| x'
tags:
  analytic_story: [S]
  asset_type: Endpoint
  mitre_attack_id: [T1059.001]
"""


def read(folder, text, name="rule.yml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="s", root=folder),))


@pytest.fixture(scope="module")
def good():
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / "good")])
    assert corpus.failures == ()
    assert corpus.ignored == 2, "a story and a macro"
    return {rule.name: rule for rule in corpus.rules}


def test_good_files(good):
    stated = {
        name: [one.technique_id for one in rule.mappings if one.role is Role.CLAIM]
        for name, rule in good.items()
    }
    assert stated == {
        "Secret Listed by Unfamiliar Account": ["T1552.007", "T1552", "T1613"],
        "Odd Values": ["T1053.003", "T1021-004"],
        "Learn What Is Usual": [],
        "Newer Layout": ["T1610"],
    }
    assert Counter(one.subject for one in good["Odd Values"].defects) == {"1059": 1, "null": 1}
    plain = good["Secret Listed by Unfamiliar Account"]
    assert plain.key.native_id == "5f7f3b62-8d7d-4c38-9f6e-9c7d8f4a1b01"
    assert plain.tags == ("Cluster Secrets",)
    assert plain.references == ("https://attack.mitre.org/techniques/T1552/007/",)
    assert plain.container_fields == ("objectRef.resource",)
    assert good["Odd Values"].key.native_id == "odd.yml#0", "a rule without an id keeps its place"
    text = (CORPUS / "good" / "plain.yml").read_text()
    assert [text[one.place.start : one.place.end] for one in plain.mappings] == [
        *("T1552.007", "T1552", "t1613")
    ]


def test_severity(good):
    assert {name: rule.severity for name, rule in good.items()} == {
        "Secret Listed by Unfamiliar Account": "high",
        "Odd Values": "low",
        "Learn What Is Usual": "",
        "Newer Layout": "critical",
    }


def test_bad_files_are_one_line_each():
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "object.yml:4:20: not YAML that is read: the tag !!python/name:os.system",
        "tabs.yml:4:1: not YAML: a tab, where only spaces may stand",
        "unclosed.yml:5:1: not YAML: unexpected end of stream",
        "windows_1252.yml:1:10: not UTF-8: byte 0xe9",
    ]


@pytest.mark.parametrize(
    ("kind", "emits", "kind_of_rule", "live"),
    [
        ("TTP", "alert", "detection", True),
        ("Correlation", "alert", "detection", True),
        ("Anomaly", "signal", "detection", False),
        ("Hunting", "none", "hunt", False),
        ("Baseline", "none", "detection", False),
        ("Investigation", "none", "detection", False),
    ],
)
def test_type(tmp_path, kind, emits, kind_of_rule, live):
    (rule,) = read(tmp_path, RULE.replace("TTP", kind)).rules

    assert (rule.state.emits.value, rule.state.kind.value) == (emits, kind_of_rule)
    assert rule.state.emits.field == ("" if emits == "alert" else "type")
    assert rule.state.live is live


@pytest.mark.parametrize(
    ("status", "path", "lifecycle", "field"),
    [
        ("production", "rule.yml", "stable", "status"),
        ("validation", "rule.yml", "test", "status"),
        ("experimental", "rule.yml", "experimental", "status"),
        ("deprecated", "rule.yml", "deprecated", "status"),
        ("production", "deprecated/rule.yml", "deprecated", "path"),
        ("production", "deprecated.yml", "stable", "status"),
    ],
)
def test_lifecycle(tmp_path, status, path, lifecycle, field):
    (rule,) = read(tmp_path, RULE.replace("production", status), path).rules

    assert (rule.state.lifecycle.value, rule.state.lifecycle.field) == (lifecycle, field)


@pytest.mark.parametrize(
    ("sources", "asset", "search", "platforms", "column", "why"),
    [
        ("[Sysmon EventID 1]", "Endpoint", "x", "Windows", "other", ""),
        (
            *("[Sysmon for Linux EventID 1]", "Endpoint", "x", "Linux", "node"),
            "data_source Sysmon for Linux EventID 1",
        ),
        ("[CrowdStrike ProcessRollup2]", "Endpoint", "x", "", "other", ""),
        (
            *("[Kubernetes Audit]", "Kubernetes", "x", "Containers", "control plane"),
            "data_source Kubernetes Audit",
        ),
        (
            *("[Kubernetes Falco]", "Kubernetes", "x", "Containers", "runtime"),
            "data_source Kubernetes Falco",
        ),
        ("[]", "Kubernetes", "x", "Containers", "runtime", "tags.asset_type Kubernetes"),
        ("[]", "Kubernetes", "`kube_audit`", "Containers", "control plane", "search kube_audit"),
        (
            *("[AWS CloudTrail PutImage]", "AWS Account", "eventSource=ecr.amazonaws.com"),
            *("Containers IaaS", "control plane", "search ecr.amazonaws.com"),
        ),
        ("[O365]", "O365 Tenant", "x", "Office Suite", "other", ""),
        ("[]", "Endpoint", "x", "", "other", ""),
        ("~", "Windows", "x", "Windows", "other", ""),
    ],
)
def test_platforms_and_column(tmp_path, sources, asset, search, platforms, column, why):
    text = RULE.replace("Endpoint", asset).replace("| x", search) + f"data_source: {sources}\n"
    (rule,) = read(tmp_path, text).rules

    assert " ".join(stated.value for stated in rule.platforms) == platforms
    assert all(stated.field for stated in rule.platforms)
    assert (rule.column.value, rule.column.field) == (column, why)


_PIECES = st.sampled_from(
    [
        *("name: N\n", "search: x\n", "type: TTP\n", "tags:\n", "  analytic_story: [S]\n"),
        *(
            "  mitre_attack_id:",
            " [",
            "T1059",
            ", ",
            "]",
            "\n",
            "  - ",
            "'",
            '"',
            "~",
            "1",
            "{",
            "}",
        ),
        *(
            "&a ",
            "*a",
            "---\n",
            "\t",
            "\r\n",
            "\ufeff",
            "!!python/object x",
            "  risk_score: .nan\n",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
@example("search: x\ntags:\n  mitre_attack_id: {a: T1059}\n  risk_score: .nan\n")
@example("search: x\nrba: {risk_objects: [1, {score: [1]}]}\ntags:\n  mitre_attack_id: [[T1059]]")
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yml": text})


@pytest.fixture(scope="module")
def texts():
    return {path: data.decode() for path, data in files_of(REAL, ".yml").items()}


def field(text, key):
    return re.search(rf"^{key}: *'?(\w[^\n']*)", text, re.MULTILINE)[1].strip()


def test_splunks_own_counts(texts):
    """The list below each mitre_attack_id, found in the text without YAML."""
    corpus = corpus_of(REAL)
    listed = re.compile(r"^ *mitre_attack_id: *\n((?: *- *T[\d.]+ *\n)*)", re.MULTILINE)
    lists = {path: listed.search(text) for path, text in texts.items()}
    stated = {rule.path: [one.technique_id for one in rule.mappings] for rule in corpus.rules}

    assert not corpus.failures
    assert stated == {
        path: re.findall(r"T[\d.]+", found[1]) if found else [] for path, found in lists.items()
    }
    assert by_statement(corpus) == {"T": 1652, "t": 0, "n": 59}, "as surveyed"
    assert len({one for ids in stated.values() for one in ids}) == 305, "as surveyed"
    assert misplaced(corpus, files_of(REAL, ".yml")) == []


def test_splunks_own_states_and_severities(texts):
    steps = {0: "informational", 1: "low", 2: "medium", 3: "high", 4: "critical"}

    for rule in corpus_of(REAL).rules:
        text = texts[rule.path]
        live = field(text, "type") in {"TTP", "Correlation"}
        assert rule.state.live == (live and field(text, "status") != "deprecated")
        assert rule.severity == steps[max(0, -(-float(field(text, " +risk_score")) // 20) - 1)]
        assert rule.key.native_id == field(text, "id")


def test_what_is_revoked_and_that_all_cells_are_inferred():
    """12 mentions are revoked at 18.1, as surveyed; no tactic is stated, so no cell is."""
    release = load_release("18.1", cache_dir=None)
    options = StudyOptions(count="all", literal=True)
    study = build_study(corpus_of(REAL), release, options=options)

    codes = Counter(finding.code for finding in study.findings)
    del codes["M122"], codes["M123"]  # the survey didn't look at platforms
    assert codes == {"M103": 12, "R201": 59}
    assert {one.subject for one in study.findings if one.code == "M103"} == {"T1574.002"}
    outcomes = {one.tactic_outcome for found in study.resolutions for one in found}
    assert outcomes == {TacticOutcome.INFERRED}
    assert not any(cell.stated for cell in study.coverage.cells.values())


def test_what_they_cover(texts):
    """The ids of live detections, found in the text; only one of them is revoked at 18.1."""
    live = [
        text
        for text in texts.values()
        if field(text, "type") in {"TTP", "Correlation"} and field(text, "status") != "deprecated"
    ]
    stated = {
        one for text in live for one in re.findall(r"^ *- (T\d{4}(?:\.\d{3})?) *$", text, re.M)
    }
    expected = {"T1574.001" if one == "T1574.002" else one for one in stated}
    study = build_study(corpus_of(REAL), load_release("18.1", cache_dir=None))

    assert len(study.coverage.counted) == len(live)
    assert {key for key, one in study.coverage.techniques.items() if one.rules} == expected


def test_clusters_that_azure_only_knows_of_are_clusters():
    search = 'operationName="MICROSOFT.KUBERNETES/connectedClusters/write"'
    assert splunk_sources.operations(search) == ("microsoft.kubernetes",)
