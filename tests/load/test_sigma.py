"""Sigma rules: what is read of a rule made here, of any text, and of Sigma's own rules."""

import re
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource, open_sources

RULE = """\
title: Shell Opened in a Container
id: 0b1f6c0e-7f63-4f0c-9a0a-3f2f6a1d2c11
status: experimental
logsource: {product: linux, category: process_creation}
detection:
  selection:
    Image|endswith: /sh
  condition: selection
level: high
# - attack.t1552
tags:
  - attack.execution
  - "attack.t1059.004"
  - car.2013-02-003
"""


def read(tmp_path, text):
    (tmp_path / "rule.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    return read_corpus((FolderSource(label="s", root=tmp_path),))


def test_a_rule(tmp_path):
    (rule,) = read(tmp_path, RULE).rules

    assert (rule.key.format, rule.name, rule.severity) == (
        "sigma",
        "Shell Opened in a Container",
        "high",
    )
    assert (rule.state.lifecycle.value, rule.state.live) == ("experimental", True)
    assert rule.platform_names == {"Linux"}
    assert not rule.paired
    stated = [(one.role, one.tactic_name, one.technique_id) for one in rule.mappings]
    assert stated == [(Role.TACTIC, "execution", None), (Role.CLAIM, None, "T1059.004")]
    claim = rule.mappings[1].place
    assert claim.exact
    assert RULE[claim.start : claim.end].lower().endswith("t1059.004")
    assert claim.line == RULE[: claim.start].count("\n") + 1


@pytest.mark.parametrize(
    ("status", "active"),
    [("stable", True), ("test", True), ("deprecated", False), ("unsupported", False)],
)
def test_status(tmp_path, status, active):
    (rule,) = read(tmp_path, RULE.replace("experimental", status)).rules

    assert rule.state.active is active
    assert rule.state.lifecycle.field == "status"


@given(text=st.one_of(st.text(), st.text().map(lambda junk: RULE + junk)))
def test_any_text_gives_rules_or_a_failure(tmp_path_factory, text):
    corpus = read(tmp_path_factory.mktemp("any"), text)

    assert corpus.failures or corpus.ignored or corpus.rules


def test_sigmas_own_rules(shared, tmp_path):
    """Files with a technique, a tactic only, and neither: counted in the text, without YAML."""
    with tarfile.open(shared / "corpora" / "sigma-20260428-last-v18.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    corpus = read_corpus(open_sources((f"sigma={tmp_path}",)))
    told = {rule.path: [] for rule in corpus.rules}
    for rule in corpus.rules:
        told[rule.path] += [one.role for one in rule.mappings]

    assert not corpus.failures
    by_technique = {path for path, roles in told.items() if Role.CLAIM in roles}
    for path in told:
        text = (tmp_path / path).read_text(encoding="utf-8")
        tagged = re.search(r"^\s*- ['\"]?attack\.t\d{4}", text, re.IGNORECASE | re.MULTILINE)
        assert (path in by_technique) == bool(tagged), path
