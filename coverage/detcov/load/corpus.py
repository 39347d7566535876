"""Reads sources into a corpus: documents in batches, known ones from the cache."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import msgspec

from detcov.cache import ParseCache
from detcov.load import rule_format
from detcov.load.parsed import RuleFormat
from detcov.load.recognise import Candidates, Outcome, candidates, excluded, outcome_of, suffixes
from detcov.model import Corpus, ParseFailure, Rule, RuleKey
from detcov.source import Document, Source

_BATCH = 256
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Outcome)

Progress = Callable[[int], None]
"""Called with the number of documents just done"""

Memo = dict[tuple[str, str, str, str], tuple[Rule, ...] | ParseFailure | None]
"""What became of a file, by parser, label, path and content; None where it holds no rule.
For many revisions of the same rules: what stayed the same is the same rule, made once."""


class _Reading:
    """What a run has read so far."""

    def __init__(self, memo: Memo) -> None:
        self.memo = memo
        self.rules: list[Rule] = []
        self.failures: list[ParseFailure] = []
        self.ignored = 0

    def add(self, outcome: tuple[Rule, ...] | ParseFailure | None) -> None:
        """Count what became of a file."""
        if outcome is None:
            self.ignored += 1
        elif isinstance(outcome, ParseFailure):
            self.failures.append(outcome)
        else:
            self.rules += outcome


def read_corpus(
    sources: Iterable[Source],
    *,
    cache: ParseCache | None = None,
    only: str | None = None,
    progress: Progress | None = None,
    memo: Memo | None = None,
) -> Corpus:
    """The rules of all sources, sorted by source and path; a bad file is a `ParseFailure`.

    `only` names the format (of `PARSERS`) that every file is read as, whatever it looks like.
    With `memo`, what an earlier call with the same one read is taken from there.
    Raises `SourceError` where a source itself can't be opened.
    """
    cache = cache or ParseCache(None)
    reading = _Reading({} if memo is None else memo)
    wanted = suffixes(only)
    labels = []
    for source in sources:
        labels.append(source.label)
        documents = source.documents(wanted)
        while batch := list(islice(documents, _BATCH)):
            for asked, found in _by_candidates(batch, only, reading).items():
                _read_batch(found, asked, cache, reading)
            if progress is not None:
                progress(len(batch))
    return Corpus(
        rules=tuple(sorted(reading.rules, key=_order)),
        failures=tuple(sorted(reading.failures, key=lambda one: (one.source, one.path))),
        ignored=reading.ignored,
        sources=tuple(labels),
    )


def _order(rule: Rule) -> tuple[str, str, int, int]:
    return rule.key.source, rule.path, rule.place.line, rule.place.start


def _by_candidates(
    batch: Iterable[Document | ParseFailure | None], only: str | None, reading: _Reading
) -> dict[Candidates, list[Document]]:
    """The documents that are to be read, by the formats that may know them."""
    found: dict[Candidates, list[Document]] = {}
    for item in batch:
        if not isinstance(item, Document):
            reading.add(item)
            continue
        suffix = "." + item.path.rpartition(".")[2].lower()
        asked = candidates(suffix, only)
        if asked is None:
            reading.add(None)
        else:
            found.setdefault(asked, []).append(item)
    return found


def _read_batch(
    documents: list[Document], asked: Candidates, cache: ParseCache, reading: _Reading
) -> None:
    identity = asked.identity
    marks = [(identity, one.label, one.path, one.key) for one in documents]
    missing = [one for mark, one in zip(marks, documents, strict=True) if mark not in reading.memo]
    known = cache.get_many(identity, (document.key for document in missing))
    fresh: dict[str, bytes] = {}
    for mark, document in zip(marks, documents, strict=True):
        if mark not in reading.memo:
            outcome = _cached(known.get(document.key))
            if outcome is None:
                outcome = outcome_of(document.read(), asked)
                fresh[document.key] = _ENCODER.encode(outcome)
            reading.memo[mark] = _seen(document, outcome, asked)
        reading.add(reading.memo[mark])
    cache.put_many(identity, fresh)


def _cached(value: bytes | None) -> Outcome | None:
    if value is None:
        return None
    try:
        return _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _seen(
    document: Document, outcome: Outcome, asked: Candidates
) -> tuple[Rule, ...] | ParseFailure | None:
    """What a file's content comes to where the file stands."""
    if outcome.failure:
        if excluded(document.path, asked.formats):
            return None
        return ParseFailure(
            source=document.label,
            path=document.path,
            message=outcome.failure,
            place=outcome.place,
        )
    if not outcome.rules or excluded(document.path, (outcome.format,)):
        return None
    return tuple(_rules(document, outcome, rule_format(outcome.format)))


def _rules(document: Document, outcome: Outcome, parser: RuleFormat) -> Iterator[Rule]:
    for position, rule in enumerate(outcome.rules):
        yield Rule(
            key=RuleKey(
                source=document.label,
                format=parser.name,
                native_id=rule.native_id or f"{document.path}#{position}",
            ),
            name=rule.name,
            path=document.path,
            severity=rule.severity,
            state=parser.state(rule, document.path),
            mappings=rule.mappings,
            platforms=parser.platforms(rule),
            tags=rule.tags,
            tag_places=rule.tag_places,
            references=rule.references,
            place=rule.place,
            paired=parser.paired,
            column=parser.column(rule),
            reads=(*rule.integrations, *rule.indices),
            container_fields=rule.fields,
            defects=rule.defects,
        )
