"""The archives of rules in ../shared/corpora, read by detcov and, apart from it, as bytes."""

from functools import cache

from detcov.load.corpus import read_corpus
from detcov.model import Corpus, Role
from real import Files, archive_files


@cache
def corpus_of(name: str, label: str = "real") -> Corpus:
    """The rules of an archive."""
    return read_corpus([Files(label=label, files=_files(name))])


def files_of(name: str, *suffixes: str) -> dict[str, bytes]:
    """The files of an archive by their path in the source."""
    return {path: data for path, data in _files(name).items() if path.endswith(suffixes)}


@cache
def _files(name: str) -> dict[str, bytes]:
    return archive_files(name)


def stated_at(mapping) -> str | None:
    """What a mapping's place should show."""
    if mapping.role is Role.TACTIC:
        return mapping.tactic_id or mapping.tactic_name
    return mapping.technique_id


def misplaced(corpus: Corpus, files: dict[str, bytes]) -> list[tuple[str, int, str]]:
    """The mappings whose place isn't that of their value: path, line, what stands there."""
    wrong = []
    for rule in corpus.rules:
        text = files[rule.path].decode()
        for mapping in rule.mappings:
            place = mapping.place
            found = text[place.start : place.end]
            before = text.rfind("\n", 0, place.start)
            at = text.count("\n", 0, place.start) + 1, place.start - before
            if not place.exact or found != stated_at(mapping) or at != (place.line, place.column):
                wrong.append((rule.path, place.line, found))
    return wrong


def by_statement(corpus: Corpus) -> dict[str, int]:
    """Rules with a technique (T), with a tactic only (t), with neither (n)."""
    counts = {"T": 0, "t": 0, "n": 0}
    for rule in corpus.rules:
        roles = {mapping.role for mapping in rule.mappings}
        counts["T" if Role.CLAIM in roles else "t" if roles else "n"] += 1
    return counts
