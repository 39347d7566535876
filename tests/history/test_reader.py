"""Many commits read one after the other are what each is when it is read alone."""

import pytest
from msgspec import structs

from detcov.attack.store import default_release
from detcov.history.git import open_repository
from detcov.history.reader import HistoryReader, Place
from detcov.load.corpus import read_corpus
from detcov.model import LEVELS
from detcov.timeline.studies import Studies
from made_git import LINK, MadeRepository
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


def test_a_rule_that_stayed_is_the_same_one(reader):
    first, second = (reader.corpus(commit).rules for commit in commits(reader)[-2:])
    stayed = {id(one) for one in first} & {id(one) for one in second}
    assert len(stayed) == len(second) - 1  # but Alpha, which the override changed


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("", "\n# a word at the end\n", True),
        ("", "\n[other]\nchanged = true\n", True),
        ("# a line more\n", "", False),  # all places are other ones
    ],
)
def test_a_change_that_leaves_a_files_rules_makes_no_other_ones(made, before, after, same):
    made.commit("2026-04-06")
    made.files["rules/golf.toml"] = rule("Golf", "T1609")
    made.commit("2026-04-13")
    made.files["rules/golf.toml"] = before + rule("Golf", "T1609") + after
    made.commit("2026-04-20")
    reader = HistoryReader(open_repository(made.path), (Place(label="rules", folder="rules"),))
    commits = list(reader.repository.first_parents(reader.repository.head()))
    new, old = (
        next(one for one in reader.corpus(commit).rules if one.name == "Golf")
        for commit in commits[:2]
    )
    assert (new is old) is same
    assert (reader.corpus(commits[0]) is reader.corpus(commits[1])) is same


def test_what_rules_of_a_file_share_is_counted_once(reader):
    """T9999 stands in Sigma's global part, which both rules have."""
    studies, release = Studies(()), default_release()
    for commit in commits(reader):
        study = studies.study(reader.corpus(commit), release)
        levels = [one.level for one in structs.replace(study).findings]
        assert studies.numbers(study.corpus, release).findings == {
            level: levels.count(level) for level in LEVELS
        }
        assert len(studies.findings(study)) == len(levels)
        assert sum("T9999" in one.message for one in studies.findings(study)) == 1


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
