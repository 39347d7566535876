"""The sample rules in rules/: every format's are read, right, and about containers."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from detcov.attack.store import load_release
from detcov.load.corpus import read_corpus
from detcov.model import ScopeColumn
from detcov.source import FolderSource
from detcov.study import StudyOptions, build_study
from real import releases

RULES = Path(__file__).resolve().parent.parent / "rules"


@pytest.fixture(scope="module")
def corpus():
    return read_corpus([FolderSource(label="rules", root=RULES)])


def test_nothing_is_found_in_them(corpus):
    release = load_release("19.0", cache_dir=None)
    options = StudyOptions(count="all")
    study = build_study(corpus, release, known=releases(), options=options)

    assert corpus.failures == ()
    # ATT&CK's lists are short: it has T1609 for Containers, and a rule on the node sees it, too.
    assert [one for one in study.findings if one.code != "M123"] == []


def test_all_of_them_are_read(corpus):
    """Counted without detcov: a file for TOML and Splunk, an entry with a condition for Falco."""
    falco = [
        item
        for path in (RULES / "falco").glob("*.yaml")
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))
        if "rule" in item and "override" not in item
    ]
    expected = {
        "elastic": len(list(RULES.rglob("*.toml"))),
        "falco": len(falco),
        "splunk": len(list((RULES / "splunk").glob("*.yml"))),
    }

    found = Counter(rule.key.format for rule in corpus.rules)
    assert {name: found[name] for name in expected} == expected
    assert expected["falco"] >= 8
    assert expected["splunk"] >= 5


def test_falcos_and_splunks_are_of_containers(corpus):
    for rule in corpus.rules:
        if rule.key.format in {"falco", "splunk"}:
            assert ScopeColumn(rule.column.value).in_scope, rule.name
            assert "Containers" in rule.platform_names, rule.name


def test_the_override_changes_its_rule(corpus):
    (rule,) = [one for one in corpus.rules if one.name == "Container Put into a Running Pod"]

    assert (rule.path, rule.severity) == ("falco/kubernetes_audit_rules.yaml", "medium")
