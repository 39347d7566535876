"""What a parser gives: a rule as its file states it, before path and configuration are known."""

from typing import Protocol

from msgspec import Struct

from detcov.errors import DetcovError
from detcov.model import Mapping, Place, State, Stated


class NotARuleError(DetcovError):
    """A well-formed file that holds no rule of this format; quietly counted."""


class ParseError(DetcovError):
    """A file that can't be read as rules; `place` where the format's parser tells it."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place


class ParsedRule(Struct, frozen=True, kw_only=True, array_like=True):
    """A rule as stated. Everything here depends on the file's content alone, so it is cached."""

    native_id: str
    """"" where the rule has none"""
    name: str
    severity: str = ""
    place: Place = Place(line=1)
    stated: dict[str, str] = {}
    """The fields that a state is read from, as written"""
    tags: tuple[str, ...] = ()
    tag_places: dict[str, Place] = {}
    integrations: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    """Index patterns, those of the query's own FROM included"""
    operating_systems: tuple[str, ...] = ()
    """Values the query compares host.os.type with"""
    fields: tuple[str, ...] = ()
    """Container and Kubernetes fields (and identities) that the query uses, sorted"""
    mappings: tuple[Mapping, ...] = ()
    references: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    """Cluster, registry and image services whose audited operations the query asks for, sorted"""


class RuleFormat(Protocol):
    """One rule format: the parser owns the rule's state. One module, one line in `PARSERS`."""

    name: str
    title: str
    suffixes: frozenset[str]
    paired: bool
    """Whether tactic and technique are stated together"""

    def parse(self, text: str) -> tuple[ParsedRule, ...]:
        """The rules of a file. Raises `ParseError`, or `NotARuleError` for another kind of file."""
        ...

    def state(self, rule: ParsedRule, path: str) -> State:
        """The four facts about the rule's life."""
        ...

    def platforms(self, rule: ParsedRule) -> tuple[Stated, ...]:
        """The ATT&CK platforms the rule states, sorted, each with the field it came from."""
        ...

    def column(self, rule: ParsedRule) -> Stated:
        """The rule's column for containers (`model.ScopeColumn`), with the reason."""
        ...
