"""Reads sources into a corpus: documents in batches, known ones from the cache."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import cast

import msgspec

from detcov import model
from detcov.cache import ParseCache
from detcov.load import PARSERS, parsed, rule_format, toml_places, toml_text
from detcov.load.parsed import NotARuleError, ParsedRule, ParseError, RuleFormat
from detcov.model import Corpus, ParseFailure, Rule, RuleKey
from detcov.source import Document, Source

_BATCH = 256
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[ParsedRule, ...])

Progress = Callable[[int], None]
"""Called with the number of documents just done"""

Memo = dict[tuple[str, str, str, str], tuple[Rule, ...] | ParseFailure | None]
"""What became of a file, by parser, label, path and content; None where it holds no such rule.
For many revisions of the same rules: what stayed the same is the same rule, made once."""


class _Reading:
    """What a run has read so far."""

    def __init__(self, memo: Memo) -> None:
        self.memo = memo
        self.rules: list[Rule] = []
        self.failures: list[ParseFailure] = []
        self.ignored = 0


def read_corpus(
    sources: Iterable[Source],
    *,
    cache: ParseCache | None = None,
    formats: Iterable[str] = tuple(PARSERS),
    progress: Progress | None = None,
    memo: Memo | None = None,
) -> Corpus:
    """The rules of all sources, sorted by source and path; a bad file is a `ParseFailure`.

    With `memo`, what an earlier call with the same one read is taken from there.
    Raises `SourceError` where a source itself can't be opened.
    """
    cache = cache or ParseCache(None)
    reading = _Reading({} if memo is None else memo)
    parsers = {_identity(parser): parser for parser in map(rule_format, formats)}
    suffixes = frozenset[str]().union(*(parser.suffixes for parser in parsers.values()))
    labels = []
    for source in sources:
        labels.append(source.label)
        documents = source.documents(suffixes)
        while batch := list(islice(documents, _BATCH)):
            _read_batch(batch, parsers, cache, reading)
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


def _read_batch(
    batch: Iterable[Document | ParseFailure | None],
    parsers: Mapping[str, RuleFormat],
    cache: ParseCache,
    reading: _Reading,
) -> None:
    documents = []
    for item in batch:
        if item is None:
            reading.ignored += 1
        elif isinstance(item, ParseFailure):
            reading.failures.append(item)
        else:
            documents.append(item)
    for identity, parser in parsers.items():
        documents = list(_read_format(documents, identity, parser, cache, reading))
    reading.ignored += len(documents)


def _read_format(
    documents: list[Document],
    identity: str,
    parser: RuleFormat,
    cache: ParseCache,
    reading: _Reading,
) -> Iterator[Document]:
    """Reads what is of this format; gives back what isn't."""
    endings = tuple(sorted(parser.suffixes))
    mine = {doc.path: doc for doc in documents if doc.path.lower().endswith(endings)}
    known = cache.get_many(
        identity,
        (doc.key for doc in mine.values() if _mark(identity, doc) not in reading.memo),
    )
    fresh: dict[str, bytes] = {}
    for document in documents:
        if document.path not in mine:
            yield document
            continue
        mark = _mark(identity, document)
        if mark in reading.memo:
            outcome = reading.memo[mark]
        else:
            outcome = _outcome(document, parser, known.get(document.key), fresh)
            reading.memo[mark] = outcome
        if outcome is None:
            yield document
        elif isinstance(outcome, ParseFailure):
            reading.failures.append(outcome)
        else:
            reading.rules += outcome
    cache.put_many(identity, fresh)


def _mark(identity: str, document: Document) -> tuple[str, str, str, str]:
    return identity, document.label, document.path, document.key


def _outcome(
    document: Document, parser: RuleFormat, value: bytes | None, fresh: dict[str, bytes]
) -> tuple[Rule, ...] | ParseFailure | None:
    """What becomes of a file; what had to be parsed is put into `fresh`."""
    try:
        rules = _cached(value)
        if rules is None:
            rules = parser.parse(_decode(document.read()))
            fresh[document.key] = _ENCODER.encode(rules)
    except NotARuleError:
        return None
    except ParseError as error:
        return _failure(document, error)
    return tuple(_rules(document, rules, parser))


def _cached(value: bytes | None) -> tuple[ParsedRule, ...] | None:
    if value is None:
        return None
    try:
        return _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = toml_places.Lines(data[: error.start].decode("utf-8")).end
        raise ParseError(f"not UTF-8: byte 0x{data[error.start]:02x}", place) from error
    if not text.strip("\ufeff \t\r\n"):
        raise ParseError("empty")
    # A space in the BOM's place keeps every offset what it is in the file.
    return " " + text[1:] if text.startswith("\ufeff") else text


def _failure(document: Document, error: ParseError) -> ParseFailure:
    return ParseFailure(
        source=document.label, path=document.path, message=str(error), place=error.place
    )


def _rules(document: Document, rules: tuple[ParsedRule, ...], parser: RuleFormat) -> Iterator[Rule]:
    for position, rule in enumerate(rules):
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
        )


def _identity(parser: RuleFormat) -> str:
    """The parser's id and a hash of the source its results depend on."""
    digest = hashlib.sha256()
    for module in (cast("ModuleType", parser), model, parsed, toml_places, toml_text):
        digest.update(Path(module.__file__ or "").read_bytes())
    return f"{parser.name}@{digest.hexdigest()[:16]}"
