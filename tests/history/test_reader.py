"""Many commits read one after the other are what each is when it is read alone."""

import pytest

from detcov.attack.store import load_release
from detcov.history import reader as reader_module
from detcov.history.git import GitRepository, open_repository
from detcov.history.reader import HistoryReader, Place
from detcov.load.corpus import read_corpus
from detcov.timeline.study_maker import StudyMaker
from made_git import LINK, SUBMODULE, MadeRepository
from made_story import rule

FALCO = """\
- rule: {name}
  desc: Ours
  condition: evt.type = open
  output: Ours
  priority: NOTICE
  tags: [mitre_execution, {technique}]
"""
OVERRIDE = """\
- rule: Alpha
  tags: [T1611]
  enabled: false
  override: {tags: append, enabled: replace}
"""
SIGMA = """\
action: global
title: Shared
status: test
tags: [attack.t9999, attack.execution]
detection: {condition: selection}
level: low
---
logsource: {product: docker}
detection: {selection: {action: exec_create}}
---
logsource: {product: linux}
detection: {selection: {action: exec}}
"""


@pytest.fixture
def made(tmp_path):
    made = MadeRepository(tmp_path / "repo")
    files = made.files
    files["rules/falco.yaml"] = FALCO.format(name="Alpha", technique="T1059")
    files["rules/elastic.toml"] = rule("Bravo", "T1609")
    files["rules/notes.txt"] = files["rules/notes.yaml"] = "notes: ours"
    files["rules/sigma.yml"] = SIGMA
    files["other/linked.toml"] = rule("Charlie", "T1610")
    files["rules/link.toml"] = (LINK, "../other/linked.toml")
    made.commit("2026-03-02")
    files["rules/sub/override.yaml"] = OVERRIDE
    made.commit("2026-03-09")
    # Another file changes; the override, which stays, holds on.
    files["rules/elastic.toml"] = "[rule"
    files["other/linked.toml"] = rule("Charlie", "T1611")
    made.commit("2026-03-16")
    files["rules/falco.yaml"] = FALCO.format(name="Alpha", technique="T1609")
    files["rules/moved.toml"] = files.pop("rules/elastic.toml")
    made.commit("2026-03-23")
    del files["rules/sub/override.yaml"]
    del files["rules/link.toml"]
    made.commit("2026-03-30")
    return made


@pytest.fixture
def reader(made):
    repository = open_repository(made.path)
    return HistoryReader(repository, [Place(label="ours", folder="rules")])


def commits(reader):
    return tuple(reader.repository.first_parents(reader.repository.head()))


@pytest.mark.parametrize("backwards", [False, True])
def test_each_commit_is_what_it_is_alone(reader, backwards):
    line = commits(reader)
    for commit in reversed(line) if backwards else line:
        assert reader.corpus(commit) == read_corpus(reader.sources(commit)), commit.day


def test_an_override_holds_as_long_as_its_file_is_there(reader):
    expected = {
        "2026-03-02": ("unstated", {"T1059"}),
        "2026-03-09": ("no", {"T1059", "T1611"}),
        "2026-03-16": ("no", {"T1059", "T1611"}),
        "2026-03-23": ("no", {"T1609", "T1611"}),
        "2026-03-30": ("unstated", {"T1609"}),
    }
    for commit in commits(reader):
        places = [one for one in reader.corpus(commit).rules if one.name == "Alpha"]
        (enabled,) = {one.state.enabled.value for one in places}
        claims = {m.technique_id for one in places for m in one.mappings if m.technique_id}
        assert (enabled, claims) == expected[commit.day], commit.day


def test_each_version_of_a_file_is_read_once(reader, monkeypatch):
    """Of all commits, though none is kept in a cache: a trend of years would take years."""
    read, inner = [], GitRepository.read

    def reading(repository, sha, path=""):
        read.append((path, sha))
        return inner(repository, sha, path)

    monkeypatch.setattr(GitRepository, "read", reading)
    for commit in commits(reader):
        reader.corpus(commit)
        reader.corpus(commit)
    files = [one for one in read if one[0].endswith((".toml", ".yaml", ".yml"))]
    assert len(files) == len(set(files)), "no version twice"
    # Falco and the linked rule in two versions, Elastic's whole and broken, and that as it moved.
    assert sorted(path for path, _ in files) == [
        "rules/elastic.toml",
        "rules/elastic.toml",
        "rules/falco.yaml",
        "rules/falco.yaml",
        "rules/link.toml",
        "rules/link.toml",
        "rules/moved.toml",
        "rules/notes.yaml",
        "rules/sigma.yml",
        "rules/sub/override.yaml",
    ]


def test_a_submodules_file_is_read_once_too(made, monkeypatch):
    inner = MadeRepository(made.path / "rules" / "inner")
    inner.files["delta.toml"] = rule("Delta", "T1609")
    sha = inner.commit("2026-03-01")
    made.files = {"rules/inner": (SUBMODULE, sha)}
    made.commit("2026-04-06")
    made.files["rules/echo.toml"] = rule("Echo", "T1610")
    made.commit("2026-04-13")
    read, parse = [], reader_module.read_corpus

    def reading(sources, **options):
        read.extend(path for source in sources for path in source.only)
        return parse(sources, **options)

    monkeypatch.setattr(reader_module, "read_corpus", reading)
    repository = open_repository(made.path)
    reader = HistoryReader(repository, [Place(label="ours", folder="rules")])
    new, old = (reader.corpus(commit) for commit in commits(reader)[:2])
    assert [rule.name for rule in (*new.rules, *old.rules)] == ["Echo", "Delta", "Delta"]
    assert sorted(read) == ["echo.toml", "inner/delta.toml"]


def test_what_rules_of_a_file_share_is_told_once(reader):
    """T9999 stands in Sigma's global part, which both rules have."""
    maker, release = StudyMaker(), load_release("19.0")
    for commit in commits(reader):
        study = maker.study(reader.corpus(commit), release)
        assert sum("T9999" in finding.message for finding in study.findings) == 1


def test_content_that_is_not_its_hashs_is_refused(made, reader):
    """The cache knows files by their hash: another content under it would stay there."""
    import zlib

    (entry,) = (one for one in made.git.revparse_single("HEAD:rules") if one.name == "falco.yaml")
    sha = str(entry.id)
    path = made.path / ".git" / "objects" / sha[:2] / sha[2:]
    path.chmod(0o644)
    data = FALCO.format(name="Other", technique="T1000").encode()
    path.write_bytes(zlib.compress(b"blob %d\0" % len(data) + data))
    with pytest.raises(Exception, match=f"object {sha} is missing or damaged"):
        reader.corpus(reader.repository.head())
