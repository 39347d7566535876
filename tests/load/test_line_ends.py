"""Every format, every good file: a byte order mark, CR LF and a no-break space move no place."""

from pathlib import Path

import pytest

from detcov.load import PARSERS
from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource

CORPUS = Path(__file__).parents[1] / "corpus"
GOOD = [
    pytest.param(path, id=f"{name}-{path.name}")
    for name in PARSERS
    for path in sorted((CORPUS / name).glob("good/*.*"))
]


def read(path):
    corpus = read_corpus((FolderSource(label="x", root=path),))
    assert not corpus.failures
    return corpus.rules


def said(rules):
    return [
        (rule.name, one.role, one.technique_id, one.tactic_id, one.tactic_name, one.place.line)
        for rule in rules
        for one in rule.mappings
    ]


def misplaced(rules, text):
    """What stands where a mapping should, and doesn't: the value, whatever its case."""
    for rule in rules:
        for one in rule.mappings:
            value = one.technique_id if one.role is not Role.TACTIC else one.tactic_id
            value = value or one.tactic_name
            place = one.place
            # An url's path has a slash for an id's dot.
            there = text[place.start : place.end].upper().replace("/", ".")
            if place.exact and value and there != value.upper():
                yield rule.name, value, there


@pytest.mark.parametrize("path", GOOD)
def test_places_hold(tmp_path, path):
    text = path.read_bytes().decode()
    unix = text.removeprefix("\ufeff").replace("\r\n", "\n")
    again = tmp_path / path.name
    as_it_is = read(path)
    assert list(misplaced(as_it_is, text)) == []

    other = "\ufeff" + unix.replace("\n", "\r\n")
    again.write_bytes(other.encode())
    found = read(again)
    assert said(found) == said(as_it_is)
    assert list(misplaced(found, other)) == []
    exact = [one.place.exact for rule in as_it_is for one in rule.mappings]
    assert [one.place.exact for rule in found for one in rule.mappings] == exact

    # YAML and TOML have comments, and a no-break space is a character of two bytes.
    if path.suffix in {".toml", ".yml", ".yaml"}:
        start = "\ufeff" if text.startswith("\ufeff") else ""
        spaced = f"{start}# a no-break\xa0space\n{text.removeprefix(start)}"
        again.write_bytes(spaced.encode())
        assert list(misplaced(read(again), spaced)) == []
