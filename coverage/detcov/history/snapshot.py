"""Snapshots: what the rules said on one day, as one small JSON file (docs/weekly.md).

A snapshot holds what was read, never what was computed from it: states, platforms and mappings
as the rules stated them. Coverage is worked out anew, so that an old snapshot can be seen under
a newer release. What equal rules share (states, mappings) stands once and is named by position.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct, structs

from detcov.errors import HistoryError
from detcov.facts import Fact, Facts
from detcov.history.revision import end_of_day
from detcov.model import (
    ATTACK,
    Corpus,
    Defect,
    ParseFailure,
    PassedOver,
    Place,
    Role,
    Rule,
    RuleKey,
    ScopeColumn,
    State,
    Stated,
)
from detcov.model import Mapping as RuleMapping
from detcov.source import Document, Source

SNAPSHOT_FORMAT: Final = 1
"""1: first"""
SUFFIX: Final = ".json"
_NOWHERE: Final = Place(line=1, exact=False)
_NO_COLUMN: Final = Stated(value=ScopeColumn.OTHER)
_T = TypeVar("_T", bound=Hashable)


class Dataset(Struct, frozen=True, kw_only=True):
    """The ATT&CK data that was in use; for information, the rules are seen under any release."""

    domain: str = ""
    version: str | None = None
    sha256: str = ""


class Statement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mapping as stated, without its place."""

    role: Role
    framework: str = ATTACK
    tactic_id: str | None = None
    tactic_name: str | None = None
    tactic_url: str | None = None
    technique_id: str | None = None
    technique_name: str | None = None
    technique_url: str | None = None
    parent_id: str | None = None


class _Said(Struct, frozen=True):
    """A `Stated` by names: the cache's rows have it by position."""

    value: str
    field: str = ""


class _State(Struct, frozen=True):
    """A `State`, likewise."""

    lifecycle: _Said
    emits: _Said
    kind: _Said
    enabled: _Said


_OTHERWISE: Final[Mapping[str, Sequence[tuple[Any, ...]]]] = {
    "key": [("source", str), ("format", str), ("id", str)],
    "path": [("path", str), ("hash", str)],  # the git blob id of the rule's file
    "state": [("state", int)],  # position in `states`
    "platforms": [("platforms", dict[str, str], {})],  # platform to the field it came from
    # (position of the entry in the rule, position in `statements`)
    "mappings": [("mappings", list[tuple[int, int]], [])],
    "column": [("column", tuple[str, str] | None, None)],  # None for other, unstated
    "defects": [("defects", tuple[Defect, ...], ())],  # without their places
}
"""Fields of a `Rule` that a row holds in another form, each with the row's names and types"""
_NOT_KEPT: Final = frozenset({"place", "tag_places", "references"})
"""Fields that no number rests on; most of them would move with every line of a file"""
_AS_THEY_ARE: Final = tuple(
    name for name in Rule.__struct_fields__ if name not in _NOT_KEPT | _OTHERWISE.keys()
)


def _row_fields() -> Iterator[Any]:
    for field in structs.fields(Rule):
        if field.name in _OTHERWISE:
            yield from _OTHERWISE[field.name]
        elif field.name in _AS_THEY_ARE:
            yield (field.name, field.type, *_default(field))


def _default(field: structs.FieldInfo) -> tuple[Any, ...]:
    if field.default_factory is not msgspec.NODEFAULT:
        return (field.default_factory(),)
    return () if field.required else (field.default,)


_Row = msgspec.defstruct("_Row", _row_fields(), frozen=True, kw_only=True, omit_defaults=True)
"""A rule as it stands in the file, one a line; its fields are those of `Rule`"""


class _Failure(Struct, frozen=True, kw_only=True):
    source: str
    path: str
    message: str


class _File(Struct, frozen=True, kw_only=True):
    format: Literal["detcov-snapshot"]
    format_version: int
    date: str
    tool: str
    dataset: Dataset
    sources: list[str]
    ignored: int
    commit: str | None = None
    statements: list[Statement]
    states: list[_State]
    failures: list[_Failure]
    rules: list[_Row]  # type: ignore[valid-type]  # made from Rule's fields
    facts: list[Fact] = []


class Snapshot(Struct, frozen=True, kw_only=True, dict=True):
    """The rules of one day."""

    date: str
    """Such as "2026-05-04" """
    corpus: Corpus
    hashes: Mapping[tuple[str, str], str]
    """(source label, path) to the git blob id of the file, for every file that holds rules"""
    dataset: Dataset = Dataset()
    tool: str = ""
    """The version of detcov that wrote it"""
    commit: str | None = None
    """The commit it was taken of, where there was one"""
    facts: tuple[Fact, ...] = ()
    """What was known of the estate that day"""

    @property
    def known(self) -> Facts | None:
        """The facts, judged on its day; None where it holds none."""
        return Facts(facts=self.facts, date=self.date) if self.facts else None

    @property
    def file_name(self) -> str:
        """What its file is called."""
        return f"{self.date}{SUFFIX}"


class NotedSource:
    """A source that notes the content's hash of each document that it hands on."""

    def __init__(self, source: Source, hashes: dict[tuple[str, str], str]) -> None:
        self._source, self._hashes = source, hashes

    @property
    def label(self) -> str:
        """The source's own."""
        return self._source.label

    def documents(self, suffixes: frozenset[str]) -> Iterator[Document | ParseFailure | PassedOver]:
        """As the source gives them."""
        for one in self._source.documents(suffixes):
            if isinstance(one, Document):
                self._hashes[one.label, one.path] = one.key
            yield one


class _Table(Generic[_T]):
    """Values that are named by position, each once."""

    def __init__(self) -> None:
        self._positions: dict[_T, int] = {}

    def __call__(self, value: _T) -> int:
        return self._positions.setdefault(value, len(self._positions))

    @property
    def values(self) -> list[_T]:
        return list(self._positions)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The file: JSON in UTF-8, one rule and one statement a line, so that versions compare well."""
    statements: _Table[Statement] = _Table()
    states: _Table[_State] = _Table()
    rules = [_row(rule, snapshot.hashes, statements, states) for rule in snapshot.corpus.rules]
    head = {
        "format": "detcov-snapshot",
        "format_version": SNAPSHOT_FORMAT,
        "date": snapshot.date,
        "tool": snapshot.tool,
        "dataset": snapshot.dataset,
        "commit": snapshot.commit,
        "sources": snapshot.corpus.sources,
        "ignored": snapshot.corpus.ignored,
    }
    lists: dict[str, Iterable[Struct]] = {
        "statements": statements.values,
        "states": states.values,
        "failures": [
            _Failure(source=one.source, path=one.path, message=one.message)
            for one in snapshot.corpus.failures
        ],
        "rules": rules,
    }
    if snapshot.facts:
        lists["facts"] = snapshot.facts
    lines = [f'"{name}": {_json(value)}' for name, value in head.items()]
    lines += [f'"{name}": {_lines(values)}' for name, values in lists.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def decode_snapshot(data: bytes) -> Snapshot:
    """A snapshot from its file. Raises `HistoryError` for one that is damaged or too new."""
    try:
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.format != "detcov-snapshot":
            raise HistoryError("not a snapshot")
        if kind.format_version > SNAPSHOT_FORMAT:
            raise HistoryError(
                f"a snapshot of format {kind.format_version}, which a newer detcov wrote"
            )
        file = msgspec.json.decode(data, type=_File)
        if end_of_day(file.date) is None:
            raise HistoryError(f"damaged: {file.date!r} is no date")
        rows: list[Any] = file.rules
        rules = tuple(_rule(row, file) for row in rows)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise HistoryError(f"damaged: {error}") from error
    except IndexError as error:
        raise HistoryError("damaged: a rule refers to what isn't there") from error
    return Snapshot(
        date=file.date,
        corpus=Corpus(
            rules=rules,
            failures=tuple(ParseFailure(**structs.asdict(one)) for one in file.failures),
            ignored=file.ignored,
            sources=tuple(file.sources),
        ),
        hashes={(row.source, row.path): row.hash for row in rows},
        dataset=file.dataset,
        tool=file.tool,
        commit=file.commit,
        facts=tuple(file.facts),
    )


class _Kind(Struct, frozen=True):
    format: str
    format_version: int


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _lines(values: Iterable[Struct]) -> str:
    shown = [_json(one) for one in values]
    return "[\n " + ",\n ".join(shown) + "\n]" if shown else "[]"


def _row(
    rule: Rule,
    hashes: Mapping[tuple[str, str], str],
    statements: _Table[Statement],
    states: _Table[_State],
) -> Struct:
    column = rule.column
    return _Row(
        **{name: getattr(rule, name) for name in _AS_THEY_ARE},
        source=rule.key.source,
        format=rule.key.format,
        id=rule.key.native_id,
        path=rule.path,
        hash=hashes.get((rule.key.source, rule.path), ""),
        state=states(_state(rule.state)),
        platforms={platform.value: platform.field for platform in rule.platforms},
        mappings=[(mapping.entry, statements(_statement(mapping))) for mapping in rule.mappings],
        column=None if column == _NO_COLUMN else (column.value, column.field),
        defects=tuple(structs.replace(defect, place=_NOWHERE) for defect in rule.defects),
    )


def _rule(row: Any, file: _File) -> Rule:
    return Rule(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        key=RuleKey(source=row.source, format=row.format, native_id=row.id),
        path=row.path,
        state=_state_of(_at(file.states, row.state)),
        platforms=tuple(Stated(value=value, field=field) for value, field in row.platforms.items()),
        mappings=tuple(
            _mapping(_at(file.statements, position), entry) for entry, position in row.mappings
        ),
        column=Stated(value=row.column[0], field=row.column[1]) if row.column else _NO_COLUMN,
        defects=row.defects,
        place=_NOWHERE,
    )


def _state(state: State) -> _State:
    stated = structs.asdict(state).items()
    return _State(**{name: _Said(one.value, one.field) for name, one in stated})


def _state_of(state: _State) -> State:
    said = structs.asdict(state).items()
    return State(**{name: Stated(value=one.value, field=one.field) for name, one in said})


def _at(values: list[_T], position: int) -> _T:
    if position < 0:
        raise IndexError(position)
    return values[position]


def _statement(mapping: RuleMapping) -> Statement:
    fields = {name: getattr(mapping, name) for name in Statement.__struct_fields__}
    if mapping.framework == ATTACK:
        fields["framework"] = ATTACK  # msgspec leaves out the same object, not an equal one
    return Statement(**fields)


def _mapping(statement: Statement, entry: int) -> RuleMapping:
    return RuleMapping(place=_NOWHERE, entry=entry, **structs.asdict(statement))
