"""Reads sources into a corpus: documents in batches, known ones from the cache.

The cache knows files by their content, wherever they are: a history's and a folder's alike. Of
a folder it also knows what each whole batch came to the last time, rules and all: most runs
find most batches as they were, and making rules of a thousand rows takes longer than reading
them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import TypeVar

import msgspec

from detcov.cache import ParseCache
from detcov.load import rule_format
from detcov.load.parsed import RuleFormat
from detcov.load.recognise import (
    Broken,
    Candidates,
    Outcome,
    candidates,
    excluded,
    outcome_of,
    suffixes,
)
from detcov.model import Corpus, ParseFailure, Rule, RuleKey
from detcov.source import Document, FolderSource, Source, printable

_T = TypeVar("_T")

_BATCH = 256

Aliases = Sequence[Sequence[str]]
"""Groups of references to rules, each group one rule; see load.alias"""

Progress = Callable[[int], None]
"""Called with the number of documents just done"""

Memo = dict[tuple[str, str, str, str], tuple[Rule | ParseFailure, ...]]
"""What became of a file, by parser, label, path and content; nothing where it holds no rule.
For many revisions of the same rules: what stayed the same is the same rule, made once."""


class _Batch(msgspec.Struct, frozen=True, array_like=True):
    """What became of a batch of files."""

    digest: str
    """Of the files' paths and contents"""
    rules: Sequence[Rule]
    failures: Sequence[ParseFailure]
    ignored: int


_AMENDS, _FORMER = attrgetter("amends"), attrgetter("former")
"""Asked of each rule of each revision: a third of a generator's time"""
_ENCODER = msgspec.msgpack.Encoder()
_OUTCOME = msgspec.msgpack.Decoder(Outcome)
_BATCH_ROW = msgspec.msgpack.Decoder(_Batch)


class _Reading:
    """What a run has read so far."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.failures: list[ParseFailure] = []
        self.ignored = 0

    def add(self, *outcome: Rule | ParseFailure) -> None:
        """Count what became of a file."""
        self.ignored += not outcome
        for one in outcome:
            if isinstance(one, ParseFailure):
                self.failures.append(one)
            else:
                self.rules.append(one)

    def add_batch(self, batch: _Batch) -> None:
        """Count what became of a batch of files."""
        self.rules += batch.rules
        self.failures += batch.failures
        self.ignored += batch.ignored


def read_corpus(
    sources: Iterable[Source],
    *,
    cache: ParseCache | None = None,
    only: str | None = None,
    progress: Progress | None = None,
    memo: Memo | None = None,
    amend: bool = True,
) -> Corpus:
    """The rules of all sources, sorted by source and path; a bad file is a `ParseFailure`.

    `only` names the format (of `PARSERS`) that every file is read as, whatever it looks like.
    With `memo`, what an earlier call with the same one read is taken from there. Without `amend`
    the rules are as their own files have them: for a part of the files only.
    Raises `SourceError` where a source itself can't be opened.
    """
    cache = cache or ParseCache(None)
    reading = _Reading()
    wanted = suffixes(only)
    labels = []
    for source in sources:
        labels.append(source.label)
        shelf = _shelf(source) if memo is None and cache.keeps else None
        number, documents = 0, source.documents(wanted)
        while batch := list(islice(documents, _BATCH)):
            number += 1
            for asked, found in _by_candidates(batch, only, reading).items():
                if shelf is None:
                    _each(found, asked, cache, {} if memo is None else memo, reading)
                else:
                    _whole(found, asked, cache, f"{shelf} {number}", reading)
            if progress is not None:
                progress(len(batch))
    rules = _sorted(reading.rules)
    return Corpus(
        rules=amended_rules(rules) if amend else rules,
        failures=tuple(sorted(reading.failures, key=lambda one: (one.source, one.path))),
        ignored=reading.ignored,
        sources=tuple(labels),
    )


def amended_rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Rules, sorted by source and path, with the changes that other entries make to them."""
    if not any(map(_AMENDS, rules)):
        return rules
    from detcov.load.amend import amended

    return _sorted(amended(list(rules)))


def united(corpus: Corpus, aliases: Aliases = ()) -> Corpus:
    """The corpus, with the rules that are one by a stated alias or by a former id united."""
    if not aliases and not any(map(_FORMER, corpus.rules)):
        return corpus
    from detcov.load.alias import unite

    (found,) = unite((corpus,), aliases)
    return found


def _sorted(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=_order))


def _order(rule: Rule) -> tuple[str, str, int, int]:
    return rule.key.source, rule.path, rule.place.line, rule.place.start


def _by_candidates(
    batch: Iterable[Document | ParseFailure | None], only: str | None, reading: _Reading
) -> dict[Candidates, list[Document]]:
    """The documents that are to be read, by the formats that may know them."""
    found: dict[Candidates, list[Document]] = {}
    for item in batch:
        if not isinstance(item, Document):
            reading.add(*([] if item is None else [item]))
            continue
        suffix = "." + item.path.rpartition(".")[2].lower()
        asked = candidates(suffix, only)
        if asked is None:
            reading.add()
        else:
            found.setdefault(asked, []).append(item)
    return found


def _shelf(source: Source) -> str | None:
    """Where a source's batches are kept: a folder's by its place, so that the next replace them."""
    if not isinstance(source, FolderSource):
        return None
    return printable(f"{source.label} {source.root.absolute()}")


def _whole(
    documents: list[Document], asked: Candidates, cache: ParseCache, place: str, reading: _Reading
) -> None:
    """Count a batch, at once if it is the one that was here the last time."""
    parser = f"batch-{asked.identity}"
    listed = "\n".join(f"{one.path}\0{one.key}" for one in documents)
    digest = hashlib.sha256(listed.encode()).hexdigest()
    batch = _decoded(_BATCH_ROW, cache.get_many(parser, (place,)).get(place))
    if batch is None or batch.digest != digest:
        made = _Reading()
        _each(documents, asked, cache, {}, made)
        batch = _Batch(digest, made.rules, made.failures, made.ignored)
        cache.put_many(parser, {place: _ENCODER.encode(batch)})
    reading.add_batch(batch)


def _each(
    documents: list[Document],
    asked: Candidates,
    cache: ParseCache,
    memo: Memo,
    reading: _Reading,
) -> None:
    """Count each file: as the memo knows it, else the cache, else by parsing it."""
    identity = asked.identity
    marks = [(identity, one.label, one.path, one.key) for one in documents]
    missing = [one for mark, one in zip(marks, documents, strict=True) if mark not in memo]
    known = cache.get_many(identity, (document.key for document in missing))
    fresh: dict[str, bytes] = {}
    for mark, document in zip(marks, documents, strict=True):
        if mark not in memo:
            outcome = _decoded(_OUTCOME, known.get(document.key))
            if outcome is None:
                outcome = outcome_of(document.read(), asked)
                if cache.keeps:
                    fresh[document.key] = _ENCODER.encode(outcome)
            memo[mark] = _seen(document, outcome, asked)
        reading.add(*memo[mark])
    cache.put_many(identity, fresh)


def _decoded(decoder: msgspec.msgpack.Decoder[_T], value: bytes | None) -> _T | None:
    if value is None:
        return None
    try:
        return decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _seen(
    document: Document, outcome: Outcome, asked: Candidates
) -> tuple[Rule | ParseFailure, ...]:
    """What a file's content comes to where the file stands."""
    if outcome.failure:
        left_out = excluded(document.path, asked.formats)
        whole = Broken(message=outcome.failure, place=outcome.place)
        return () if left_out else (_failure(document, whole),)
    if not outcome.format or excluded(document.path, (outcome.format,)):
        return ()
    rules = _rules(document, outcome, rule_format(outcome.format))
    return (*rules, *(_failure(document, broken) for broken in outcome.broken))


def _failure(document: Document, broken: Broken) -> ParseFailure:
    return ParseFailure(
        source=document.label, path=document.path, message=broken.message, place=broken.place
    )


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
            paired=parser.paired if rule.paired is None else rule.paired,
            column=parser.column(rule),
            reads=(*rule.integrations, *rule.indices),
            container_fields=rule.fields,
            defects=rule.defects,
            attack_version=rule.attack_version,
            amends=rule.amends,
            former=rule.former,
        )
