"""Falco rules: what is read of rules made here, and of any text."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from detcov.study import build_study

RELEASE = load_release("19.0", cache_dir=None)
CORPUS = Path(__file__).parents[1] / "corpus" / "falco"
RULE = """\
- rule: Shell Opened in a Workload
  desc: d
  condition: spawned_process and container and proc.name = sh
  output: o
  priority: NOTICE
  tags: [maturity_stable, container, mitre_execution, T1059.004]
"""


def read(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="f", root=folder),))


def rule_of(folder, text):
    (rule,) = read(folder, rules=text).rules
    return rule


def test_a_rule(tmp_path):
    rule = rule_of(tmp_path, RULE)

    assert str(rule.key) == "f:falco:Shell Opened in a Workload"
    assert (rule.name, rule.severity, rule.paired) == ("Shell Opened in a Workload", "low", False)
    assert rule.place.line == 1
    assert rule.reads == ("source syscall",)
    tactic, claim = rule.mappings
    assert (tactic.role, tactic.tactic_name) == (Role.TACTIC, "execution")
    assert RULE[tactic.place.start : tactic.place.end] == "execution"
    assert (claim.role, claim.technique_id) == (Role.CLAIM, "T1059.004")
    assert RULE[claim.place.start : claim.place.end] == "T1059.004"
    assert (claim.place.line, claim.place.column) == (6, 55)


def test_good_files():
    corpus = read_corpus([FolderSource(label="good", root=CORPUS / "good")])

    assert corpus.failures == ()
    assert corpus.ignored == 1, "macros.yaml holds no rule"
    found = {rule.name: rule for rule in corpus.rules}
    stated = {
        name: [one.technique_id or one.tactic_id or one.tactic_name for one in rule.mappings]
        for name, rule in found.items()
    }
    assert stated == {
        "Second Document": ["T1610"],
        "Slugs as Plugins Write Them": ["TA0005-defense-evasion", "T1562-impair-defenses"],
        "Odd Tags": ["T1046", "made_up"],
        "42": ["T1059"],
        "Tags as Text": ["T1046"],
        "Aliased": ["execution", "T1059"],
        "Aliased Again": ["execution", "T1059"],
    }
    assert [defect.kind for defect in found["Odd Tags"].defects] == ["not-text", "duplicate-key"]
    (alone,) = found["Tags as Text"].mappings
    assert (alone.place.line, alone.place.column, alone.place.exact) == (35, 9, True)


def test_bad_files_are_one_line_each():
    corpus = read_corpus([FolderSource(label="bad", root=CORPUS / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "bomb.yaml:7:47: not YAML that can be read: aliases that add over 100,000 values",
        "not_utf8.yaml:2:12: not UTF-8: byte 0xe9",
        "object.yaml:2:9: not YAML that is read: the tag !!python/object/apply:os.system",
        "tab.yaml:2:1: not YAML: a tab, where only spaces may stand",
        "unclosed.yaml:4:7: not YAML: did not find expected ',' or ']'",
    ]


@pytest.mark.parametrize(
    ("priority", "severity"),
    [
        *(("EMERGENCY", "critical"), ("ALERT", "critical"), ("critical", "critical")),
        *(("ERROR", "high"), ("WARNING", "medium"), ("NOTICE", "low")),
        *(("INFO", "informational"), ("INFORMATIONAL", "informational")),
        *(("DEBUG", "informational"), ("loud", ""), ("", "")),
    ],
)
def test_severity(tmp_path, priority, severity):
    assert rule_of(tmp_path, RULE.replace("NOTICE", priority)).severity == severity


@pytest.mark.parametrize(
    ("maturity", "lifecycle", "field"),
    [
        ("maturity_stable", "stable", "tag maturity_stable"),
        ("maturity_incubating", "test", "tag maturity_incubating"),
        ("maturity_sandbox", "experimental", "tag maturity_sandbox"),
        ("maturity_deprecated", "deprecated", "tag maturity_deprecated"),
        ("mature", "stable", ""),
    ],
)
def test_lifecycle(tmp_path, maturity, lifecycle, field):
    state = rule_of(tmp_path, RULE.replace("maturity_stable", maturity)).state

    assert (state.lifecycle.value, state.lifecycle.field) == (lifecycle, field)
    assert state.live is (lifecycle != "deprecated")


@pytest.mark.parametrize(
    ("line", "enabled", "live"),
    [("  enabled: false\n", "no", False), ("  enabled: true\n", "yes", True), ("", "unstated", 1)],
)
def test_enabled(tmp_path, line, enabled, live):
    state = rule_of(tmp_path, RULE + line).state

    assert (state.enabled.value, state.enabled.field) == (enabled, "enabled" if line else "")
    assert state.live == live


@pytest.mark.parametrize(
    ("tags", "condition", "source", "platforms", "column", "why"),
    [
        ("[host, container]", "x", "", "Containers Linux", "runtime", "tag container"),
        ("[container]", "x", "", "Containers", "runtime", "tag container"),
        ("[host]", "x", "", "Linux", "node", "tag host"),
        ("[]", "a and container and b", "", "Containers", "runtime", "condition container"),
        ("[]", "container.id != host", "", "Containers", "runtime", "condition container"),
        ("[]", "not container", "", "Linux", "node", "source syscall"),
        ("[]", "container.id = host", "", "Linux", "node", "source syscall"),
        ("[]", "proc.name = container", "", "Containers", "runtime", "condition container"),
        ("[]", "not container.image.repository in (a)", "", "Linux", "node", "source syscall"),
        ("[]", "x", "k8s_audit", "Containers", "control plane", "source k8s_audit"),
        ("[]", "x", "aws_cloudtrail", "IaaS", "other", ""),
        (
            *("[]", 'ct.src = "eks.amazonaws.com"', "aws_cloudtrail", "Containers IaaS"),
            *("control plane", "condition eks.amazonaws.com"),
        ),
        ("[]", "x", "okta", "Identity Provider", "other", ""),
        ("[container]", "x", "github", "SaaS", "other", ""),
        ("[]", "x", "unheard_of", "", "other", ""),
    ],
)
def test_platforms_and_column(tmp_path, tags, condition, source, platforms, column, why):
    text = f"- rule: R\n  condition: {condition}\n  tags: {tags}\n"
    rule = rule_of(tmp_path, text + (f"  source: {source}\n" if source else ""))

    assert " ".join(stated.value for stated in rule.platforms) == platforms
    assert all(stated.field for stated in rule.platforms)
    assert (rule.column.value, rule.column.field) == (column, why)


OVERRIDE = "- rule: Shell Opened in a Workload\n"


@pytest.mark.parametrize(
    ("change", "enabled", "severity", "stated"),
    [
        ("  enabled: false\n", "no", "low", ["execution", "T1059.004"]),
        (
            "  enabled: true\n  override: {enabled: replace}\n",
            *("yes", "low", ["execution", "T1059.004"]),
        ),
        (
            "  priority: ERROR\n  override: {priority: replace}\n",
            *("unstated", "high", ["execution", "T1059.004"]),
        ),
        (
            "  tags: [T1609]\n  override: {tags: append}\n",
            *("unstated", "low", ["execution", "T1059.004", "T1609"]),
        ),
        (
            "  tags: [T1609]\n  override: {tags: replace}\n",
            *("unstated", "low", ["T1609"]),
        ),
        (
            "  condition: and x\n  append: true\n",
            *("unstated", "low", ["execution", "T1059.004"]),
        ),
        (
            "  tags: [T1609]\n  append: true\n",
            "unstated",
            "low",
            ["execution", "T1059.004", "T1609"],
        ),
    ],
)
def test_an_override_changes_the_rule_it_names(tmp_path, change, enabled, severity, stated):
    """In the same file or another one, and in whatever order the files come."""
    for texts in (
        {"one": RULE + OVERRIDE + change},
        {"a": RULE, "b": OVERRIDE + change},
        {"b": RULE, "a": OVERRIDE + change},
    ):
        folder = tmp_path / "-".join(texts) / next(iter(texts))
        folder.mkdir(parents=True)
        corpus = read(folder, **texts)

        assert len({rule.key for rule in corpus.rules}) == 1
        assert {rule.state.enabled.value for rule in corpus.rules} == {enabled}
        assert {rule.severity for rule in corpus.rules} == {severity}
        found = [one for rule in corpus.rules for one in rule.mappings if one.place.exact]
        assert Counter(one.technique_id or one.tactic_name for one in found) == Counter(stated)
        for rule in corpus.rules:
            text = (folder / rule.path).read_text()
            for one in (one for one in rule.mappings if one.place.exact):
                at = text[one.place.start : one.place.end]
                assert at == (one.technique_id or one.tactic_name), "the place is in its own file"


def test_what_an_override_adds_is_under_the_rules_own_tactics(tmp_path):
    change = "  tags: [T1610]\n  override: {tags: append}\n"
    study = build_study(read(tmp_path, a=RULE, b=OVERRIDE + change), RELEASE)

    drawn = {
        (one.technique, tactic): one.inferred
        for resolutions in study.resolutions
        for one in resolutions
        for tactic in one.tactics
    }
    assert drawn == {("T1059.004", "execution"): False, ("T1610", "execution"): False}
    assert len(study.coverage.counted) == 1


def test_an_override_is_no_copy_and_no_rule_of_its_own(tmp_path):
    change = "  tags: [T1609]\n  override: {tags: append}\n"
    corpus = read(tmp_path, a=RULE, b=OVERRIDE + change, c="- rule: Elsewhere\n" + change)

    assert {rule.name for rule in corpus.rules} == {"Shell Opened in a Workload"}
    findings = build_study(corpus, RELEASE).findings
    # ATT&CK lists Unix Shell for no Containers.
    assert [one for one in findings if one.code != "M123"] == []


_PIECES = st.sampled_from(
    [
        *("- rule: R\n", "  tags: ", "  condition: container\n", "- macro: m\n", "- list: l\n"),
        *("  items: [", "T1059", "mitre_", "TA0005-x", "]", "[", "  enabled: false\n", ", "),
        *("  override: {tags: append}\n", "  append: true\n", "\n", "'", '"', "&a ", "*a", "---\n"),
        *("\t", "\r\n", "\ufeff", "null", "!!python/object x", "? ", "{", "}", ":", "|", ">-\n"),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=30).map("".join)))
@example("- rule: [a]\n  condition: x\n")
@example("- rule: {a: b}\n  override: {tags: append}\n  tags: {a: b}\n")
@example("- rule:\n  condition: x\n  tags: [[T1059]]\n")
def test_any_text_gives_rules_or_a_failure(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    corpus = read(folder, any=text)

    # A file that only changes a rule which isn't here is none of the three.
    assert corpus.rules or corpus.failures or corpus.ignored or "- rule" in text
    for rule in corpus.rules:
        for one in rule.mappings:
            if one.place.exact:
                at = text[one.place.start : one.place.end]
                assert at.upper() == (one.technique_id or one.tactic_id or one.tactic_name).upper()
