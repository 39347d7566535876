"""What documents come to: each is looked up in the cache by its content, else parsed."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from detcov.cache import ParseCache
from detcov.load import rule_format
from detcov.load.parsed import RuleFormat
from detcov.load.recognise import Broken, Candidates, Outcome, candidates, excluded, outcome_of
from detcov.model import ParseFailure, Rule, RuleKey, shortened
from detcov.source import Document

_T = TypeVar("_T")

Memo = dict[tuple[str, str, str, str], tuple[Rule | ParseFailure, ...]]
"""What became of a file, by parser, label, path and content; nothing where it holds no rule.
For many revisions of the same rules: what stayed the same is the same rule, made once."""

ENCODER = msgspec.msgpack.Encoder()
_OUTCOME = msgspec.msgpack.Decoder(Outcome)


class Reading:
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

    def add_all(
        self, rules: Iterable[Rule], failures: Iterable[ParseFailure], ignored: int
    ) -> None:
        """Count what became of many files."""
        self.rules += rules
        self.failures += failures
        self.ignored += ignored


def by_candidates(
    batch: Iterable[Document | ParseFailure | None], only: str | None, reading: Reading
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


def read_each(
    documents: list[Document],
    asked: Candidates,
    cache: ParseCache,
    memo: Memo | None,
    reading: Reading,
) -> None:
    """Count each file: as the memo knows it, else the cache, else by parsing it."""
    memo = {} if memo is None else memo
    identity = asked.identity
    marks = [(identity, one.label, one.path, one.key) for one in documents]
    missing = [one for mark, one in zip(marks, documents, strict=True) if mark not in memo]
    known = cache.get_many(identity, (document.key for document in missing))
    fresh: dict[str, bytes] = {}
    for mark, document in zip(marks, documents, strict=True):
        if mark not in memo:
            outcome = decoded(_OUTCOME, known.get(document.key))
            if outcome is None:
                outcome = outcome_of(document.read(), asked)
                if cache.keeps:
                    fresh[document.key] = ENCODER.encode(outcome)
            memo[mark] = _seen(document, outcome, asked)
        reading.add(*memo[mark])
    cache.put_many(identity, fresh)


def decoded(decoder: msgspec.msgpack.Decoder[_T], value: memoryview | None) -> _T | None:
    """What the cache kept; None where it kept nothing, or something else."""
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
            name=shortened(rule.name),
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
