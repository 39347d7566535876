"""What flows through a run: rules, their mappings, resolutions and findings.

Values are `msgspec.Struct`s, frozen and keyword-only, rather than dataclasses: they decode
straight from the parse cache, and defining one costs a tenth of a dataclass at import. What can
hold no cycle is none of the collector's business (`gc=False`): smaller, and made faster.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final, Literal, NewType

from msgspec import Struct

ATTACK = "MITRE ATT&CK"
"""The framework's name, as rules write it"""

# Not the nil UUID (RFC 9562, 5.9): it stands where an id is still to come.
_UUID = re.compile(r"(?![-0]+\Z)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

LONGEST = 1_000
"""Characters of a rule's name, and of a finding's message: no person reads more"""

RuleIndex = NewType("RuleIndex", int)
"""Position of a rule in `Corpus.rules`."""


CountMode = Literal["live", "active", "all"]
"""Which rules count"""


def shortened(text: str) -> str:
    """The text; of one that is over `LONGEST`, its beginning and its end."""
    if len(text) <= LONGEST:
        return text
    end = LONGEST // 4
    return f"{text[: LONGEST - end - 1]}…{text[-end:]}"


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


class Word(StrEnum):
    """One of a few words, hashed as the text that it equals (an enumeration's own is slow)."""

    __hash__ = str.__hash__


class Role(Word):
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

    lifecycle: Stated
    """stable, test, experimental or deprecated"""
    emits: Stated
    """alert, signal or none"""
    kind: Stated
    """detection, hunt, posture, promotion, over-alerts or prevention"""
    enabled: Stated
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

    source: str
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


class Rule(Struct, frozen=True, kw_only=True, array_like=True):
    """One detection rule of a source."""

    key: RuleKey
    name: str
    path: str
    """POSIX, relative to the source"""
    severity: str
    """informational, low, medium, high, critical, or "" when unstated"""
    state: State
    mappings: tuple[Mapping, ...] = ()
    platforms: tuple[Stated, ...] = ()
    """ATT&CK platform names, sorted, each with the field it came from"""
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
    attack_version: str = ""
    """Of ATT&CK, as the rule itself states it ("13.1")"""
    amends: dict[str, str] = {}
    """Of a place that changes the rule it names: field to "append" or "replace"; see load.amend"""
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


class Counted(Struct, frozen=True, kw_only=True, dict=True):
    """The rules of a corpus that count by one mode, and what their places state together.

    What only a place that doesn't count states is said by no rule that counts: a retired copy for
    Windows makes no live one look at Windows.
    """

    positions: Sequence[int]
    """Of these rules in the corpus, copies among them"""
    places: Mapping_[RuleIndex, tuple[Rule, ...]]
    """Of each canonical rule that counts the places that do, its own first"""

    @cached_property
    def platforms(self) -> Mapping_[RuleIndex, frozenset[str]]:
        """The ATT&CK platforms of each of these rules."""
        return {
            index: frozenset([stated.value for rule in places for stated in rule.platforms])
            for index, places in self.places.items()
        }

    @cached_property
    def reads(self) -> Mapping_[RuleIndex, frozenset[str]]:
        """What each of these rules reads."""
        return {
            index: frozenset([name for rule in places for name in rule.reads])
            for index, places in self.places.items()
        }

    def platform_fields(self, index: RuleIndex) -> dict[str, str]:
        """The platforms of a rule by name, each with the field it came from."""
        stated = [(one.value, one.field) for rule in self.places[index] for one in rule.platforms]
        return dict(sorted(dict(reversed(stated)).items()))


class ParseFailure(Struct, frozen=True, kw_only=True):
    """A file that couldn't be read as rules: one line for a person, with its place."""

    source: str
    path: str
    message: str
    place: Place | None = None

    def __str__(self) -> str:
        at = f":{self.place.line}:{self.place.column}" if self.place else ""
        return f"{self.path}{at}: {self.message}"


class Corpus(Struct, frozen=True, kw_only=True, dict=True):
    """Everything read from the sources of a run: rules sorted by (source, path, place)."""

    rules: tuple[Rule, ...]
    failures: tuple[ParseFailure, ...] = ()
    ignored: int = 0
    """Files that aren't rules, quietly left out"""
    sources: tuple[str, ...] = ()
    """Labels, in the order given"""
    united: Mapping_[Identity, Identity] = {}
    """Identity to the one it is united with, of rules that are one by an alias; see load.alias"""
    notes: tuple[str, ...] = ()
    """Aliases that come to nothing, and why"""

    def identity(self, key: RuleKey) -> Identity:
        """What the places of a rule share: its key's identity, or that of its aliases."""
        own = key.identity
        return self.united.get(own, own) if self.united else own

    def anywhere(self, rule: Rule) -> tuple[Hashable, ...]:
        """What its copies in other rules are told by: one of these is enough."""
        united = self.united.get(rule.key.identity)
        return (rule.key.anywhere,) if united is None else (rule.key.anywhere, united)

    @property
    def unread(self) -> frozenset[tuple[str, str]]:
        """(source label, path) of the files that couldn't be read, or not in full."""
        return frozenset((one.source, one.path) for one in self.failures)

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """`identity` of each rule."""
        own = [rule.key.identity for rule in self.rules]
        return tuple([self.united.get(one, one) for one in own] if self.united else own)

    @cached_property
    def canonical(self) -> tuple[RuleIndex, ...]:
        """For each rule the liveliest one with its identity: copies of a rule are one rule."""
        best: dict[Identity, RuleIndex] = {}
        identities = self.identities
        for position, identity in enumerate(identities):
            index = RuleIndex(position)
            known = best.setdefault(identity, index)
            if known != index and self._rank(index) > self._rank(known):
                best[identity] = index
        return tuple([best[identity] for identity in identities])

    @property
    def distinct(self) -> int:
        """How many rules there are, one in several places counted once."""
        return len(set(self.canonical))

    def _rank(self, index: RuleIndex) -> int:
        return self.rules[index].state.rank

    @cached_property
    def copies(self) -> Mapping_[RuleIndex, tuple[Rule, ...]]:
        """All places of each canonical rule, its own first."""
        return self._places(range(len(self.rules)))

    def _places(self, positions: Iterable[int]) -> Mapping_[RuleIndex, tuple[Rule, ...]]:
        found: dict[RuleIndex, list[Rule]] = {}
        for position in positions:
            index = self.canonical[position]
            places = found.setdefault(index, [self.rules[index]])
            if position != index:
                places.append(self.rules[position])
        return {index: tuple(rules) for index, rules in found.items()}

    def told_by(self, index: RuleIndex) -> Iterator[Hashable]:
        """What the canonical rule's copies in other rules are told by, by that of any place."""
        return (name for rule in self.copies[index] for name in self.anywhere(rule))

    def labels_of(self, index: RuleIndex) -> tuple[str, ...]:
        """The labels of the sources that have the canonical rule."""
        return tuple(dict.fromkeys(rule.key.source for rule in self.copies[index]))

    def name_of(self, index: RuleIndex) -> str:
        """A rule's name, its sources' labels before it where there are several sources."""
        name = self.rules[index].name
        return f"{' + '.join(self.labels_of(index))}: {name}" if len(self.sources) > 1 else name

    def counted(self, mode: CountMode) -> Counted:
        """The rules that count by this mode."""
        if mode not in self._counted:
            positions = [at for at, rule in enumerate(self.rules) if rule.counts(mode)]
            self._counted[mode] = Counted(positions=positions, places=self._places(positions))
        return self._counted[mode]

    @cached_property
    def _counted(self) -> dict[CountMode, Counted]:
        return {}


class TechniqueOutcome(Word):
    """What became of a stated technique in the target release."""

    SAME = "same"
    REPLACED = "replaced"
    REVOKED = "revoked"
    """Revoked, and its successor is not named, missing or a loop"""
    DEPRECATED = "deprecated"
    UNKNOWN = "unknown"
    NEWER = "newer"
    MALFORMED = "malformed"
    FOREIGN = "foreign"
    NONE = "none"
    """The mapping states no technique"""


class TacticOutcome(Word):
    """What became of a stated tactic in the target release."""

    SAME = "same"
    REDEFINED = "redefined"
    MOVED = "moved"
    REASSIGNED = "reassigned"
    AMBIGUOUS = "ambiguous"
    DROPPED = "dropped"
    MISMATCHED = "mismatched"
    NEWER = "newer"
    """The pair is true only in a release later than the target"""
    INFERRED = "inferred"
    NONE = "none"


# Python 3.11 takes ten times as long to find an enumeration's member as a name of a module.
_CLAIM: Final = Role.CLAIM


class Resolution(Struct, frozen=True, kw_only=True):
    """A mapping of one rule, seen against the target release."""

    mapping: Mapping
    technique_outcome: TechniqueOutcome
    tactic_outcome: TacticOutcome
    technique: str | None = None
    """The resulting technique's id: active in the target, else None"""
    tactics: tuple[str, ...] = ()
    """Shortnames of the cells it is drawn in"""
    inferred: bool = False
    """The cells are inferred, not stated"""
    source_version: str | None = None
    """Newest known release, not later than the target, in which the pair is true"""
    why: str = ""
    """One sentence for a person where technique or tactic changed"""
    needs_person: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is an own claim of an active technique of the target."""
        return self.technique is not None and self.mapping.role is _CLAIM


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVELS = ("error", "warning", "note", "drift")
"""How findings are summed, from the gravest on"""


class Finding(Struct, frozen=True, kw_only=True):
    """One defect of one mapping or rule."""

    code: str
    name: str
    severity: Severity
    message: str
    source: str
    path: str
    place: Place
    rule_id: str
    rule_name: str
    drift: bool = False
    """Right in the release the mapping was written for, outdated in the target"""
    fix: str | None = None
    subject: str | None = None
    """The id, tactic or tag it is about"""

    @property
    def level(self) -> str:
        """One of `LEVELS`: its severity, drift apart."""
        return "drift" if self.drift else self.severity.value
