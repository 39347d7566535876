"""A folder's files are opened again exactly where they may be other ones."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

import pytest

from detcov import source
from detcov.cache import ParseCache
from detcov.load import shelf
from detcov.load.corpus import read_corpus
from detcov.source import FolderSource
from made_story import NAMES, rule

HOUR = 3600 * 10**9


@pytest.fixture
def folder(tmp_path):
    rules = tmp_path / "rules"
    (rules / "sub").mkdir(parents=True)
    (rules / "alpha.toml").write_text(rule("Alpha", "T1609"))
    (rules / "sub" / "bravo.toml").write_text(rule("Bravo", "T1610"))
    (rules / "broken.toml").write_text("[rule")
    (rules / "notes.md").write_text("Ours")
    return rules


@pytest.fixture
def opened(monkeypatch):
    """Names of the files that were opened."""
    names = []

    def read_file(path, *args, **kwargs):
        names.append(Path(path).name)
        return original(path, *args, **kwargs)

    original = source.read_file
    monkeypatch.setattr(source, "read_file", read_file)
    return names


@pytest.fixture
def an_hour_later(monkeypatch):
    """The clock, an hour later: the files' times are old enough to tell."""
    now = time.time_ns()
    monkeypatch.setattr(shelf.time, "time_ns", lambda: now + HOUR)


def read(folder, tmp_path, *, label="ours", only=None, max_bytes=source.MAX_BYTES, cached=True):
    cache = ParseCache(tmp_path / "parsed.sqlite" if cached else None)
    try:
        of = FolderSource(label=label, root=folder, max_bytes=max_bytes)
        return read_corpus([of], cache=cache, only=only)
    finally:
        cache.close()


@pytest.mark.usefixtures("an_hour_later")
def test_what_lies_as_it_lay_is_not_opened(folder, tmp_path, opened):
    first = read(folder, tmp_path)
    assert sorted(opened) == ["alpha.toml", "bravo.toml", "broken.toml"]
    opened.clear()
    assert read(folder, tmp_path) == first == read(folder, tmp_path, cached=False)
    assert sorted(opened) == ["alpha.toml", "bravo.toml", "broken.toml"]  # without a cache
    assert (len(first.rules), len(first.failures), first.ignored) == (2, 1, 1)


def test_files_just_written_are_opened_again(folder, tmp_path, opened):
    """They might be written once more before their times change."""
    read(folder, tmp_path)
    opened.clear()
    read(folder, tmp_path)
    assert sorted(opened) == ["alpha.toml", "bravo.toml", "broken.toml"]


def same_length_and_time(folder):
    path = folder / "alpha.toml"
    before = path.stat()
    path.write_text(path.read_text().replace("Alpha", "Other"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def swap(folder):
    one, other = folder / "alpha.toml", folder / "sub" / "bravo.toml"
    other.rename(folder / "sub" / "x.toml")
    one.rename(other)
    (folder / "sub" / "x.toml").rename(one)


def replace(folder):
    fresh = folder / "fresh"
    fresh.write_text(rule("Golf", "T1609"))
    fresh.replace(folder / "alpha.toml")


def link(folder):
    (folder / "alpha.toml").unlink()
    (folder / "alpha.toml").symlink_to("sub/bravo.toml")


CHANGES = {
    "another content": lambda at: (at / "alpha.toml").write_text(rule("Charlie", "T1611")),
    "of the same length, the time put back": same_length_and_time,
    "two swapped": swap,
    "replaced": replace,
    "a link in its place": link,
    "mended": lambda at: (at / "broken.toml").write_text(rule("Hotel", "T1613")),
    "one more": lambda at: (at / "delta.toml").write_text(rule("Delta", "T1552.007")),
    "one less": lambda at: (at / "alpha.toml").unlink(),
    "another name": lambda at: (at / "alpha.toml").rename(at / "echo.toml"),
    "one more that is no rule": lambda at: (at / "more.md").write_text("More"),
    "empty": lambda at: (at / "alpha.toml").write_text(""),
    "a folder in its place": lambda at: ((at / "alpha.toml").unlink(), (at / "alpha.toml").mkdir()),
}


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(folder, tmp_path, change):
    before = read(folder, tmp_path)
    CHANGES[change](folder)
    after = read(folder, tmp_path)
    assert after == read(folder, tmp_path, cached=False)
    assert after != before
    assert read(folder, tmp_path) == after


def odd_name(path):
    """Where the file system takes it, a name that isn't UTF-8."""
    with suppress(OSError):
        path.rename(os.fsdecode(os.fsencode(path.parent) + b"/\xff.toml"))


def far_time(path):
    """A time that 64 bits of nanoseconds don't hold, where the file system does."""
    os.utime(path, ns=(2**65, 2**65))


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("oddity", [odd_name, far_time])
def test_what_no_stamp_can_hold_is_opened_each_time(folder, tmp_path, oddity):
    oddity(folder / "alpha.toml")
    assert len(read(folder, tmp_path).rules) == 2
    assert read(folder, tmp_path) == read(folder, tmp_path, cached=False)


@pytest.mark.usefixtures("an_hour_later")
def test_what_a_link_leads_to_may_change_unseen(folder, tmp_path):
    (tmp_path / "there.toml").write_text(rule("Golf", "T1609"))
    (folder / "link.toml").symlink_to("../there.toml")
    read(folder, tmp_path)
    (tmp_path / "there.toml").write_text(rule("Hotel", "T1609"))
    assert "Hotel" in [one.name for one in read(folder, tmp_path).rules]


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize(
    "options", [{"max_bytes": 20}, {"only": "sigma"}, {"only": "elastic"}, {"label": "theirs"}]
)
def test_other_options_are_another_reading(folder, tmp_path, options):
    first = read(folder, tmp_path)
    other = read(folder, tmp_path, **options)
    assert other == read(folder, tmp_path, **options, cached=False)
    assert read(folder, tmp_path) == first


@pytest.mark.usefixtures("an_hour_later")
def test_a_file_that_could_not_be_opened_is_tried_again(folder, tmp_path, monkeypatch):
    def closed(path, *args, **kwargs):
        if path.endswith("alpha.toml"):
            raise PermissionError(13, "Permission denied")
        return original(path, *args, **kwargs)

    original = source.read_file
    with monkeypatch.context() as patch:
        patch.setattr(source, "read_file", closed)
        failures = [str(one) for one in read(folder, tmp_path).failures]
    assert "alpha.toml: can't be read: Permission denied" in failures
    assert [one.path for one in read(folder, tmp_path).failures] == ["broken.toml"]


@pytest.mark.usefixtures("an_hour_later")
@pytest.mark.parametrize("lost", ["stamps@%", "batch-%", "%"])
def test_a_cache_that_lost_something_costs_time_only(folder, tmp_path, lost):
    first = read(folder, tmp_path)
    for column in ("value = x'00'", None):
        with sqlite3.connect(tmp_path / "parsed.sqlite") as rows:
            change = "delete from parsed" if column is None else f"update parsed set {column}"
            rows.execute(f"{change} where parser like ?", (lost,))
        rows.close()
        assert read(folder, tmp_path) == first


@pytest.mark.usefixtures("an_hour_later")
def test_only_a_batch_with_a_change_is_opened(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(shelf, "BATCH", 3)
    (tmp_path / "rules").mkdir()
    for number, name in enumerate(NAMES):
        (tmp_path / "rules" / f"{number}.toml").write_text(rule(name, "T1609"))
    read(tmp_path / "rules", tmp_path)
    (tmp_path / "rules" / "4.toml").write_text(rule("Alpha", "T1609"))
    opened.clear()
    found = read(tmp_path / "rules", tmp_path)
    assert opened == ["3.toml", "4.toml", "5.toml"]
    assert [one.name for one in found.rules] == [*NAMES[:4], "Alpha", *NAMES[5:]]
