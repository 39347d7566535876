"""What a parser gives: a rule as its file states it, before path and configuration are known."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from detcov import model
from detcov.errors import DetcovError
from detcov.model import SEVERITIES, Defect, Place, State, Stated


class ParseError(DetcovError):
    """A file that can't be read as rules; `place` where the format's parser tells it."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place


SEVERITY_CALLED: Final[Mapping[str, str]] = {
    "info": "informational",
    **{one: one for one in SEVERITIES},
}
"""A severity by what many formats call it, in lower case"""


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
    mappings: tuple[model.Mapping, ...] = ()
    references: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    """Cluster, registry and image services whose audited operations the query asks for, sorted"""
    defects: tuple[Defect, ...] = ()
    amends: dict[str, str] = {}
    """Of an entry that changes the rule it names: field to "append" or "replace"; see `amend`"""
    attack_version: str = ""
    """Of ATT&CK, where the rule states it ("13.1")"""
    paired: bool | None = None
    """Whether this rule states tactic and technique together; None where its format decides"""
    former: tuple[str, ...] = ()
    """Ids that the rule says it had before"""


def stated_platforms(found: Mapping[str, str]) -> tuple[Stated, ...]:
    """Platforms as `Rule.platforms` holds them, of platform to the field that states it."""
    return tuple(Stated(value=platform, field=found[platform]) for platform in sorted(found))


class SyntaxFile(Protocol):
    """A file of one syntax (TOML, YAML …), parsed once for all formats of that syntax."""

    text: str
    broken: tuple[ParseError, ...]
    """What is wrong with parts of the file, where the others can be read all the same"""

    def check(self) -> None:
        """Raise `ParseError` for what is well-formed and refused all the same.

        Asked once a format knows the file: what isn't a rule may hold what it likes.
        """
        ...


class StateRule(Struct, frozen=True):
    """One line of a format's state table: what makes a rule so."""

    fact: str
    """lifecycle, emits, kind or enabled"""
    value: str
    when: str
    field: str = ""
    """As `Stated.field` names it; "tag *" is any that begins with "tag \""""


class About(Struct, frozen=True, kw_only=True):
    """What docs/formats says of a format, in Markdown; `load.docs` writes it there."""

    files: str
    """Which files are rules, and which are passed over quietly"""
    mappings: str
    """Where the mapping sits, and what is no mapping"""
    key: str
    """What makes a rule the same rule"""
    severity: str
    platforms: str
    """Which fields state them"""
    platform_values: Mapping[str, str] = {}
    """Field and value to the ATT&CK platform they state, in the order of the page"""
    columns: tuple[tuple[str, str], ...]
    """Container columns and what puts a rule there, the first that fits first"""
    state: tuple[StateRule, ...]
    """The state table, the first line that fits first; a test holds the parser to it"""


class RuleFormat(Protocol):
    """One rule format: the parser owns the rule's state. One module, one line in `PARSERS`.

    `file` is what the format's syntax reads: `TomlFile`, `YamlFile` …
    """

    name: str
    title: str
    paired: bool
    """Whether tactic and technique are stated together"""
    about: About
    """How it is read: the made part of its page in docs/formats"""
    marks: tuple[str, ...]
    """Each file of the format has one of these texts; a broken file without any is no rule"""

    def recognises(self, file: Any) -> bool:
        """Whether a file holds something of this format, by its content alone."""
        ...

    def parse(self, file: Any) -> tuple[ParsedRule, ...]:
        """The rules of a file, from its content alone. Raises `ParseError`.

        A file without a rule gives none, whether or not it is recognised.
        """
        ...

    def excludes(self, path: str) -> bool:
        """Whether what stands at this path (POSIX, in the source) is no rule, whatever it says."""
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


def enabled_by(field: str, *, off: bool = False) -> dict[str, Stated]:
    """What a field's "true" and "false" say of a rule being enabled; `off` is a "disabled"."""
    return {
        "true": Stated(value="no" if off else "yes", field=field),
        "false": Stated(value="yes" if off else "no", field=field),
    }


def no_path(path: str) -> bool:
    """`RuleFormat.excludes` of a format whose files are rules wherever they are."""
    return not path
