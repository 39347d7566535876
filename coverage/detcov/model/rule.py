"""What is read from a file: a rule with its mappings and their places, or why there is none.

The cache keeps rules as they are here, but for the source of their keys.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

ATTACK = "MITRE ATT&CK"
"""The framework's name, as rules write it"""

# Not the nil UUID (RFC 9562, 5.9): it stands where an id is still to come.
_UUID = re.compile(r"(?![-0]+\Z)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_NAMED_DEPRECATED = re.compile(
    r"\s*(?:deprecated\s*(?:[:–—]|-(?=\s))|\[\s*deprecated\s*\]|\(\s*deprecated\s*\))",
    re.IGNORECASE,
)

LONGEST = 1_000
"""Characters of a rule's name, and of a finding's message: no person reads more"""

SEVERITIES: Final = ("critical", "high", "medium", "low", "informational")
"""What a rule's severity is one of, where it states one; the gravest first"""

CountMode = Literal["live", "active", "all"]
"""Which rules count"""


def shortened(text: str) -> str:
    """The text; of one that is over `LONGEST`, its beginning and its end."""
    if len(text) <= LONGEST:
        return text
    end = LONGEST // 4
    return f"{text[: LONGEST - end - 1]}…{text[-end:]}"


def is_named_deprecated(name: str) -> bool:
    """Return whether a rule's name begins with a mark that the rule is deprecated.

    "Deprecated - " is Elastic's mark, "[Deprecated]" Sentinel's; a colon or round brackets are read
    as the same. A name that merely begins with the word is none: "Deprecated TLS Version".
    """
    return _NAMED_DEPRECATED.match(name) is not None


class Place(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Where something stands in a file.

    `line` and `column` are 1-based and count code points; `start` and `end` are offsets in
    code points into the file's text as decoded from UTF-8, line ends and a BOM as they are.
    With `exact` false only the line is known.
    """

    line: int
    column: int = 1
    start: int = 0
    end: int = 0
    exact: bool = True


class Role(StrEnum):
    """What a mapping says."""

    CLAIM = "claim"
    """This rule sees this technique."""
    CARRIER = "carrier"
    """A parent listed only because the format needs it to hold a sub-technique."""
    TACTIC = "tactic"
    """A tactic without a technique."""


class Mapping(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One (tactic?, technique?) statement of a rule, as written (ids may be malformed).

    `place` is that of the technique's id (of the tactic's, where no technique is stated).
    `parent_id` is the technique entry that holds a sub-technique entry; `entry` is the
    0-based position of the `[[rule.threat]]` entry (or its like) that it came from.
    """

    role: Role
    place: Place
    framework: str = ATTACK
    tactic_id: str | None = None
    tactic_name: str | None = None
    tactic_url: str | None = None
    technique_id: str | None = None
    technique_name: str | None = None
    technique_url: str | None = None
    parent_id: str | None = None
    entry: int = 0
    name_place: Place | None = None
    url_place: Place | None = None
    tactic_place: Place | None = None
    tactic_name_place: Place | None = None
    tactic_url_place: Place | None = None


class Defect(Struct, frozen=True, kw_only=True, array_like=True):
    """Something wrong with a rule that only its parser sees; a check makes a finding of it."""

    kind: str
    """duplicate-key, not-text, tactic-malformed, other-object"""
    subject: str
    """The key, tag or id it is about, as written"""
    place: Place
    meant: str | None = None
    """What to write instead, where that is beyond doubt"""


class Stated(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A value and the field of the rule it came from ("" when the rule says nothing)."""

    value: str
    field: str = ""


class State(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """The four facts about a rule's life, each with the field it came from."""

    lifecycle: Stated = Stated(value="stable")
    """stable, test, experimental or deprecated"""
    emits: Stated = Stated(value="alert")
    """alert, signal or none"""
    kind: Stated = Stated(value="detection")
    """detection, hunt, posture, promotion, over-alerts or prevention"""
    enabled: Stated = Stated(value="unstated")
    """yes, no or unstated"""

    @property
    def active(self) -> bool:
        """Not deprecated."""
        return self.lifecycle.value != "deprecated"

    @property
    def live(self) -> bool:
        """Would alert if deployed."""
        return (
            self.active
            and self.emits.value == "alert"
            and self.kind.value == "detection"
            and self.enabled.value != "no"
        )

    @property
    def rank(self) -> int:
        """2 for live, 1 for active but not live, 0 for deprecated."""
        return self.live + self.active


class ScopeColumn(StrEnum):
    """Where a rule looks, seen from a container (docs/gaps.md)."""

    CONTROL_PLANE = "control plane"
    """Kubernetes audit, managed-Kubernetes operations in a cloud's audit log, registry, image"""
    RUNTIME = "runtime"
    """Watches inside containers, or knows the container"""
    NODE = "node"
    """Sees the process on a Linux node, and may not know the container"""
    OTHER = "other"
    """No evidence for containers"""

    @property
    def in_scope(self) -> bool:
        """Whether rules of this column close a gap."""
        return self in {ScopeColumn.CONTROL_PLANE, ScopeColumn.RUNTIME}


@lru_cache(maxsize=1 << 16)
def _uuid(native_id: str) -> str:
    """Remembered: each part of a run asks, and a history asks for each of its days."""
    return native_id.lower() if _UUID.fullmatch(native_id) else ""


class RuleKey(Struct, frozen=True, kw_only=True, array_like=True, order=True, gc=False):
    """What makes a rule this rule: source label, format and native id."""

    source: str = ""
    """The label; "" as long as the rule's file is known and its source isn't"""
    format: str
    native_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.format}:{self.native_id}"

    @property
    def uuid(self) -> str:
        """The native id, where it is a UUID and so the same rule's wherever it stands; else ""."""
        return _uuid(self.native_id)

    @property
    def identity(self) -> "str | RuleKey":
        """What the copies of a rule share, in one run's sources: its UUID, else the key."""
        return self.uuid or self

    @property
    def anywhere(self) -> str | tuple[str, str]:
        """What its copy in other rules is told by, whatever they are called there."""
        return self.uuid or (self.format, self.native_id)


Identity = str | RuleKey
"""See `RuleKey.identity`"""


class Rule(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One detection rule of a source."""

    key: RuleKey
    name: str
    path: str
    """POSIX, relative to the source"""
    state: State = State()
    severity: str = ""
    """One of `SEVERITIES`, or "" when unstated"""
    platforms: tuple[Stated, ...] = ()
    """ATT&CK platform names, sorted, each with the field it came from"""
    mappings: tuple[Mapping, ...] = ()
    tags: tuple[str, ...] = ()
    tag_places: dict[str, Place] = {}
    """Of the tags that name a tactic or a framework"""
    references: tuple[str, ...] = ()
    place: Place = Place(line=1)
    paired: bool = True
    """Whether the format states tactic and technique together"""
    column: Stated = Stated(value=ScopeColumn.OTHER)
    """A `ScopeColumn` by the rule's own fields, with the field that decided it"""
    reads: tuple[str, ...] = ()
    """What the rule reads, as it names it: integrations, index patterns, log sources"""
    container_fields: tuple[str, ...] = ()
    """Container and Kubernetes fields that its query uses"""
    defects: tuple[Defect, ...] = ()
    amends: dict[str, str] = {}
    """Of a place that changes the rule it names: field to "append" or "replace"; see load.amend"""
    attack_version: str = ""
    """Of ATT&CK, as the rule itself states it ("13.1")"""
    former: tuple[str, ...] = ()
    """Ids that, as the rule itself states, it had before"""

    @property
    def names(self) -> tuple[str, ...]:
        """What a fact or an alias may call it."""
        key = self.key
        return str(key), key.native_id, self.path, self.name, f"{key.source}/{self.path}"

    @property
    def platform_names(self) -> frozenset[str]:
        """The ATT&CK platforms the rule states."""
        return frozenset(stated.value for stated in self.platforms)

    def counts(self, mode: CountMode) -> bool:
        """Whether the rule is one of those that a count by this mode counts."""
        return mode == "all" or (self.state.live if mode == "live" else self.state.active)


class ParseFailure(Struct, frozen=True, kw_only=True):
    """A file that couldn't be read as rules: one line for a person, with its place."""

    source: str
    path: str
    message: str
    place: Place | None = None

    def __str__(self) -> str:
        at = f":{self.place.line}:{self.place.column}" if self.place else ""
        return f"{self.path}{at}: {self.message}"


class Reason(StrEnum):
    """Why a file is passed over."""

    ENDING = "no such ending"
    FORMAT = "no format matched"
    KIND = "other kind of the same tool"
    """Of a tool whose rules are read, and no rule: a macro, a query, a filter"""
    FOLDER = "folder of tests or tooling"
    """A folder in which the files of a format are no rules"""
    DOT = "dot folder or file"
    EMPTY = "empty"
    EXCLUDED = "excluded"


class PassedOver(Struct, frozen=True, kw_only=True):
    """A file that holds no rule, and why; a folder that wasn't entered ends with a slash."""

    source: str
    path: str
    reason: Reason
    format: str = ""
    """Of `PARSERS`: whose other kind it is, or whose tests the folder holds"""

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" + (f" ({self.format})" if self.format else "")
