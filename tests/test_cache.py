import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import detcov
from detcov import cache as cache_module
from detcov.cache import ParseCache, program_hash
from detcov.load import PARSERS, Parser, recognise, toml_text
from detcov.load.corpus import read_corpus
from detcov.source import FolderSource

RULE = """[rule]
rule_id = "{0}"
name = "Rule {0} é"
[[rule.threat]]
[rule.threat.tactic]
id = "TA0002"
[[rule.threat.technique]]
id = "T1610"
"""
RULES = 20


@pytest.fixture
def folder(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    for number in range(RULES):
        (rules / f"{number:02}.toml").write_text(RULE.format(number), encoding="utf-8")
    (rules / "broken.toml").write_text("[rule", encoding="utf-8")
    (rules / "other.toml").write_text("[tool]", encoding="utf-8")
    return rules


@pytest.fixture
def parses(monkeypatch):
    """How many files were parsed."""
    counted = []

    def read(text):
        counted.append(text)
        return original(text)

    original = toml_text.read
    monkeypatch.setattr(toml_text, "read", read)
    return counted


def read(folder, path, label="r"):
    cache = ParseCache(path)
    try:
        return read_corpus([FolderSource(label=label, root=folder)], cache=cache)
    finally:
        cache.close()


def test_cold_warm_and_none_give_the_same(folder, tmp_path, parses):
    path = tmp_path / "cache" / "parsed.sqlite"
    none, cold, warm = read(folder, None), read(folder, path), read(folder, path)
    assert none == cold == warm
    assert len(cold.rules) == RULES
    # That a file can't be read, or is no rule, is known the second time as well.
    assert len(parses) == 2 * (RULES + 2)


def test_a_changed_file_is_read_anew(folder, tmp_path):
    path = tmp_path / "parsed.sqlite"
    read(folder, path)
    (folder / "00.toml").write_text(RULE.format("new"), encoding="utf-8")
    assert read(folder, path).rules[0].name == "Rule new é"


def test_a_file_that_moved_is_read_as_what_it_is_there(folder, tmp_path):
    path = tmp_path / "parsed.sqlite"
    read(folder, path)
    (folder / "_deprecated").mkdir()
    (folder / "00.toml").rename(folder / "_deprecated" / "00.toml")
    moved = next(rule for rule in read(folder, path).rules if rule.path == "_deprecated/00.toml")
    assert moved.state.lifecycle.field == "path"


def test_what_is_kept_knows_no_label(folder, tmp_path, parses):
    """One tree under two labels, and the same files in the folders of two tenants."""
    path = tmp_path / "parsed.sqlite"
    shutil.copytree(folder, tmp_path / "tenant")
    (folder / "no_id.toml").write_text('[rule]\nname = "None"\n', encoding="utf-8")
    shutil.copy(folder / "no_id.toml", tmp_path / "tenant")
    read(folder, path, label="first")
    parses.clear()
    kept = read(folder, path, label="second"), read(tmp_path / "tenant", path, label="third")
    assert parses == []
    assert kept == (
        read(folder, None, label="second"),
        read(tmp_path / "tenant", None, label="third"),
    )
    for corpus, label in zip(kept, ("second", "third"), strict=True):
        keys = [(rule.key.source, rule.key.format, rule.key.native_id) for rule in corpus.rules]
        ids = [*(str(number) for number in range(RULES)), "no_id.toml#0"]
        assert keys == [(label, "elastic", native_id) for native_id in ids]
        assert [failure.source for failure in corpus.failures] == [label]


def _gone(folder):
    (folder / "03.toml").unlink()


def _renamed(folder):
    (folder / "03.toml").rename(folder / "99.toml")


def _added(folder):
    (folder / "more").mkdir()
    (folder / "more" / "x.toml").write_text(RULE.format("more"), encoding="utf-8")


def _swapped(folder):
    """The same contents under the same names, each under the other's."""
    (folder / "03.toml").rename(folder / "held")
    (folder / "04.toml").rename(folder / "03.toml")
    (folder / "held").rename(folder / "04.toml")


def _unreadable(folder):
    (folder / "03.toml").unlink()
    (folder / "03.toml").symlink_to("03.toml")


@pytest.mark.parametrize("change", [_gone, _renamed, _added, _swapped, _unreadable])
def test_a_folder_that_changed_is_read_as_it_is(folder, tmp_path, change):
    path = tmp_path / "parsed.sqlite"
    before = read(folder, path)
    change(folder)
    after = read(folder, path)
    assert after == read(folder, None) != before
    assert read(folder, path) == after


def test_two_folders_of_one_label_stay_two(folder, tmp_path, parses):
    path = tmp_path / "parsed.sqlite"
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "00.toml").write_text(RULE.format("other"), encoding="utf-8")
    first, second = read(folder, path), read(other, path)
    parses.clear()
    assert (read(folder, path), read(other, path)) == (first, second)
    assert (first.rules[0].name, second.rules[0].name) == ("Rule 0 é", "Rule other é")
    assert parses == []


def test_another_parser_source_is_a_miss_and_the_old_rows_go(folder, tmp_path, parses, monkeypatch):
    path = tmp_path / "parsed.sqlite"
    read(folder, path)
    monkeypatch.setattr(recognise, "program_hash", lambda: "another")
    another = recognise.candidates(".toml").identity
    parses.clear()
    read(folder, path)
    assert len(parses) == RULES + 2
    rows = sqlite3.connect(path)
    assert rows.execute("select parser, count(*) from parsed group by 1").fetchall() == [
        (another, RULES + 2),
    ]
    rows.close()


def test_the_identity_names_the_syntax_and_changes_with_what_is_asked():
    asked = recognise.candidates(".toml"), recognise.candidates(".toml", "elastic")
    names, _, digests = zip(*(one.identity.partition("@") for one in asked), strict=True)
    assert names == ("toml", "toml-elastic")
    assert [len(digest) for digest in digests] == [8, 8]
    assert digests[0] != digests[1]


def test_the_identity_changes_with_the_version_of_a_plug_in(monkeypatch):
    identities = []
    for plug_in in ("", "theirs 1.0", "theirs 1.1"):
        monkeypatch.setitem(PARSERS, "elastic", Parser("detcov.load.elastic", "toml", plug_in))
        identities.append(recognise.candidates(".toml").identity)
    assert len(set(identities)) == 3


def test_the_program_hash_is_of_every_module(monkeypatch, tmp_path):
    shutil.copytree(Path(detcov.__file__).parent, tmp_path / "detcov")
    monkeypatch.setattr(cache_module, "__file__", str(tmp_path / "detcov" / "cache.py"))
    before = program_hash.__wrapped__()
    assert before == program_hash()
    for path in ("model/rule.py", "load/sigma.py", "attack/ids.py", "new_module.py"):
        with (tmp_path / "detcov" / path).open("a", encoding="utf-8") as module:
            module.write("# another\n")
        after = program_hash.__wrapped__()
        assert after != before, path
        before = after


def _random(path):
    path.write_bytes(bytes(range(256)) * 40)


def _text(path):
    path.write_text("no database", encoding="utf-8")


def _empty(path):
    path.write_bytes(b"")


def _cut(path):
    path.write_bytes(path.read_bytes()[:6_000])


def _hole(path):
    """Leaves the first page, so that the damage shows only when rows are read."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))


def _flips(path):
    """Changes a byte in every row: most would still decode."""
    rows = sqlite3.connect(path)
    found = rows.execute("select key, value from parsed where instr(value, x'5431363130')")
    for key, value in found.fetchall():  # those that hold T1610
        at = value.index(b"T1610") + 4
        changed = value[:at] + b"1" + value[at + 1 :]
        rows.execute("update parsed set value = ? where key = ?", (changed, key))
    rows.commit()
    rows.close()


def _types(path):
    rows = sqlite3.connect(path)
    rows.execute("update parsed set value = 'text' where key < '8'")
    rows.execute("update parsed set value = 7 where key >= '8'")
    rows.commit()
    rows.close()


def _cut_rows(path):
    rows = sqlite3.connect(path)
    rows.execute("update parsed set value = substr(value, 1, length(value) / 2)")
    rows.commit()
    rows.close()


def _other_table(path):
    path.unlink()
    rows = sqlite3.connect(path)
    rows.execute("create table parsed (something text)")
    rows.commit()
    rows.close()


def _folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "rebuilt"),
    [
        (_random, True),
        (_text, True),
        (_empty, True),
        (_cut, True),
        (_hole, True),
        (_flips, True),
        (_types, True),
        (_cut_rows, True),
        (_other_table, False),
        (_folder, False),
    ],
)
def test_damage_changes_no_result_and_is_repaired(folder, tmp_path, parses, damage, rebuilt):
    path = tmp_path / "parsed.sqlite"
    expected = read(folder, path)
    damage(path)
    # Damage may show only when rows are read, or only when they are written: then it is repaired
    # by the run after that, or by the one after.
    for _ in range(3):
        assert read(folder, path) == expected
    parses.clear()
    assert read(folder, path) == expected
    assert len(parses) == (0 if rebuilt else RULES + 2)


def test_a_row_that_is_whole_and_does_not_decode_is_a_miss(folder, tmp_path, parses):
    path = tmp_path / "parsed.sqlite"
    expected = read(folder, path)
    rows = sqlite3.connect(path)
    marks = rows.execute("select parser, key from parsed").fetchall()
    rows.close()
    cache = ParseCache(path)
    bad = [b"", b"\xc1", b"\x91\x93\x01", b"\x91\x92\xa1\xff\xa1a", b"\x91" * 100_000]
    for at, (parser, key) in enumerate(marks):
        cache.put_many(parser, {key: bad[at % len(bad)]})
    cache.close()
    parses.clear()
    assert read(folder, path) == expected
    assert len(parses) == RULES + 2


def test_a_cache_under_a_file_is_no_error(folder, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert len(read(folder, tmp_path / "file" / "parsed.sqlite").rules) == RULES


def test_a_locked_cache_is_done_without(folder, tmp_path, monkeypatch):
    path = tmp_path / "parsed.sqlite"
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **_: connect(path, timeout=0))
    lock = sqlite3.connect(path)
    lock.execute("create table other (x)")
    lock.execute("begin exclusive")
    try:
        assert len(read(folder, path).rules) == RULES
    finally:
        lock.close()


_READ = """
import sys
from pathlib import Path
from detcov.cache import ParseCache
from detcov.load.corpus import read_corpus
from detcov.source import FolderSource
cache = ParseCache(Path(sys.argv[2]))
corpus = read_corpus([FolderSource(label="r", root=Path(sys.argv[1]))], cache=cache)
cache.close()
print(len(corpus.rules), len(corpus.failures), hash(tuple(rule.name for rule in corpus.rules)))
"""


def _start(folder, path):
    return subprocess.Popen(
        [sys.executable, "-c", _READ, str(folder), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def test_runs_at_the_same_time_share_it(folder, tmp_path, parses):
    path = tmp_path / "parsed.sqlite"
    runs = [_start(folder, path) for _ in range(3)]
    said = {run.communicate(timeout=60) for run in runs}
    assert len(said) == 1
    out, err = said.pop()
    assert (out.split()[:2], err) == ([str(RULES), "1"], "")
    read(folder, path)
    assert parses == [], "what they left is whole"


@pytest.mark.parametrize("mode", [0o555, 0o444, 0o000])
def test_a_cache_that_can_only_be_read_or_not_at_all(folder, tmp_path, without_rights, mode):
    path = tmp_path / "cache" / "parsed.sqlite"
    read(folder, path)
    before = path.read_bytes()
    (folder / "new.toml").write_text(RULE.format("new"), encoding="utf-8")
    path.chmod(0o444)
    path.parent.chmod(mode)
    try:
        with without_rights():
            corpus = read(folder, path)
    finally:
        path.parent.chmod(0o755)
    assert corpus == read(folder, None)
    assert path.read_bytes() == before
