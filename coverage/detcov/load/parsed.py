"""What a rule format is, and what its module gives."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from detcov.errors import DetcovError
from detcov.model import SEVERITIES, Place, Rule, Stated


class ParseError(DetcovError):
    """A file that can't be read as rules; `place` where the format's parser tells it."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place


SEVERITY_CALLED: Final[Mapping[str, str]] = {
    "info": "informational",
    **{severity: severity for severity in SEVERITIES},
}
"""A severity by what many formats call it, in lower case"""


def stated_platforms(fields: Mapping[str, str]) -> tuple[Stated, ...]:
    """Platforms as `Rule.platforms` holds them, of platform to the field that states it."""
    return tuple(Stated(value=platform, field=fields[platform]) for platform in sorted(fields))


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


class Telltale(Struct, frozen=True, kw_only=True):
    """Keys that together only a rule of the format has, and what such a rule can't be without.

    It tells a misspelt key: the mapping that has the one and lacks the other gives no rule.
    """

    keys: Mapping[str, type]
    """Key to the type of its value; `object` is any"""
    needs: str = ""
    """A further key of the same mapping"""
    kind: type = object
    """Type of its value"""
    values: frozenset[str] = frozenset()
    """What its value is one of; empty is any"""
    table: str = ""
    """Instead of a further key: the TOML table that these keys have to be in"""
    unless: frozenset[str] = frozenset()
    """Keys of the mapping with which it is something else, such as a filter"""
    unless_beside: frozenset[str] = frozenset()
    """Keys of any mapping of the file, likewise"""
    always: bool = True
    """Whether no rule is without it; else it is asked only of a file that gives no rule"""


class RuleFormat(Struct, frozen=True, kw_only=True):
    """One rule format: a module's `FORMAT`, and one line in `PARSERS`."""

    name: str
    title: str
    about: About
    """How it is read: the made part of its page in docs/formats"""
    rules: Callable[[Any, str], tuple[Rule, ...] | None]
    """The rules of a file; None if it is not a file of this format. Raises `ParseError`.

    Called with what the format's syntax reads (`TomlFile`, `YamlFile` …) and the file's path,
    POSIX and relative to its source. A rule's key names the format and the rule's own id; where
    the rule has none, the id stays "" and becomes path and position. The key's source stays "",
    since results are cached and the same file may stand in several sources.
    """
    paired: bool = True
    """Whether tactic and technique are stated together, unless a rule says otherwise"""
    marks: tuple[str, ...] = ()
    """Each file of the format has one of these texts; a broken file without any is no rule"""
    not_rules: frozenset[str] = frozenset()
    """Folders ("tests", "tool/etc") below which files of the format are no rules"""
    telltales: tuple[Telltale, ...] = ()
    """What tells a rule that lacks something; for a format in YAML or TOML"""
    other_kinds: tuple[frozenset[str], ...] = ()
    """Keys, each set of which tells another kind of file of the same tool; in YAML or TOML"""


def enabled_by(field: str, *, off: bool = False) -> dict[str, Stated]:
    """What a field's "true" and "false" say of a rule being enabled; `off` is a "disabled"."""
    return {
        "true": Stated(value="no" if off else "yes", field=field),
        "false": Stated(value="yes" if off else "no", field=field),
    }
