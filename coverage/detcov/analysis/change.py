"""What changed between two days: in our rules, and through a new ATT&CK release, kept apart.

Rules written for a newer release can't be seen under an older one, while the reverse is what
resolution is for. So the release is changed first, under the old rules, and then the rules,
under the new release: old rules, old release → old rules, new release → new rules, new release.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio
from detcov.analysis.release_change import ReleaseChange, TacticChange, release_change, tactics
from detcov.analysis.rule_change import Marks, RuleChange, RuleFate, rule_changes
from detcov.analysis.rule_side import RuleSide, rule_side
from detcov.attack.release import Release, Technique
from detcov.load.alias import together
from detcov.model import Corpus, Finding, Identity, Resolution


class Seen(Protocol):
    """Rules seen under a release: a `Study`."""

    @property
    def release(self) -> Release:
        """The target."""
        ...

    @property
    def corpus(self) -> Corpus:
        """The rules."""
        ...

    @property
    def resolutions(self) -> tuple[tuple[Resolution, ...], ...]:
        """Per rule, in the corpus's order."""
        ...

    @property
    def coverage(self) -> Coverage:
        """What they cover."""
        ...


class Turn(StrEnum):
    """What became of a technique's own rules."""

    LOST = "lost"
    """It lost its last one"""
    GAINED = "gained"
    """It got its first one"""
    THINNER = "thinner"
    """It has fewer, and some left"""
    DEEPER = "deeper"
    """It has more than it had"""


class TechniqueChange(Struct, frozen=True, kw_only=True):
    """A technique that more or fewer rules claim than before, both under the same release."""

    turn: Turn
    technique: Technique
    before: int
    """Distinct counted rules with an own claim"""
    after: int
    rules: tuple[RuleChange, ...]
    """What happened to those that claim it no longer (lost, thinner), the last first, or to
    those that claim it anew, the first first: the first of them did it"""


class Change(Struct, frozen=True, kw_only=True):
    """All that changed between two sides, `before` and `after`."""

    before: Ratio
    """The headline of the old rules under the old release"""
    between: Ratio
    """Of the old rules under the new release; equals `before` where the release is the same"""
    after: Ratio
    """Of the new rules under the new release"""
    counted_before: int
    """Rules that count"""
    counted_after: int
    techniques: tuple[TechniqueChange, ...]
    """By turn, then id. Techniques in scope, PRE-only ones included"""
    rules: tuple[RuleChange, ...]
    """By fate, then name"""
    tactics: tuple[TacticChange, ...]
    """In the new matrix's order, a tactic that is gone or has another name after those"""
    release: ReleaseChange | None = None
    """Where the release changed: what that did to the old rules"""
    found: tuple[Finding, ...] = ()
    """Findings that are new"""
    fixed: tuple[Finding, ...] = ()
    """Findings that are gone"""

    def of(self, turn: Turn) -> tuple[TechniqueChange, ...]:
        """The techniques of one turn."""
        return tuple(one for one in self.techniques if one.turn is turn)

    def rules_of(self, fate: RuleFate) -> tuple[RuleChange, ...]:
        """The rules of one fate."""
        return tuple(one for one in self.rules if one.fate is fate)


def compare(
    before: Seen,
    after: Seen,
    *,
    between: Seen | None = None,
    marks: Marks | None = None,
    findings: tuple[Sequence[Finding], Sequence[Finding]] = ((), ()),
) -> Change:
    """What changed from one side to the other.

    `between` is the old rules under the new release, where the release changed. `marks` tell
    when; `findings` are those of the old and of the new rules, both under the new release.
    """
    old = between or before
    marks = marks or Marks()
    united = together(old.corpus, after.corpus)
    rules = rule_changes(_side(old, united), _side(after, united), marks)
    found, fixed = _difference(*findings)
    return Change(
        before=before.coverage.headline,
        between=old.coverage.headline,
        after=after.coverage.headline,
        counted_before=len(before.coverage.counted),
        counted_after=len(after.coverage.counted),
        techniques=_techniques((old, after), united, rules, marks),
        rules=rules,
        tactics=tactics(before, between, after),
        release=None if between is None else release_change(before, between),
        found=found,
        fixed=fixed,
    )


def _side(seen: Seen, united: Mapping[Identity, Identity]) -> RuleSide:
    return rule_side(seen.corpus, seen.resolutions, seen.coverage.count, united)


def _techniques(
    sides: tuple[Seen, Seen],
    united: Mapping[Identity, Identity],
    changes: Sequence[RuleChange],
    marks: Marks,
) -> tuple[TechniqueChange, ...]:
    before, after = sides
    of_rule: dict[Identity, RuleChange] = {}
    for change in changes:
        if change.fate is not RuleFate.RENAMED:
            of_rule.setdefault(change.identity, change)
            of_rule.setdefault(change.was_identity, change)
    found = []
    for technique_id, now in after.coverage.techniques.items():
        had = before.coverage.techniques.get(technique_id)
        had_rules = had.rules if had else ()
        turn = turn_of(len(had_rules), len(now.rules))
        if turn is None:
            continue
        old = _identities(before.corpus, had_rules, united)
        new = _identities(after.corpus, now.rules, united)
        ended = turn in {Turn.LOST, Turn.THINNER}
        there, gone = (old, new) if ended else (new, old)
        at = marks.ended if ended else marks.began
        concerned = _concerned(of_rule, there, gone).items()
        rules = (one.at(at.get((who, technique_id))) for who, one in concerned)
        order = RuleChange.latest_first if ended else RuleChange.earliest_first
        found.append(
            TechniqueChange(
                turn=turn,
                technique=now.technique,
                before=len(had_rules),
                after=len(now.rules),
                rules=tuple(sorted(rules, key=order)),
            )
        )
    turns = list(Turn)
    return tuple(sorted(found, key=lambda one: (turns.index(one.turn), one.technique.id)))


def _concerned(
    of_rule: Mapping[Identity, RuleChange], there: set[Identity], gone: set[Identity]
) -> dict[Identity, RuleChange]:
    """What became of the rules that make the difference; else of those that are one now."""
    changed = [of_rule[one] for one in there - gone if one in of_rule]
    if not changed:
        stayed = [of_rule[one] for one in there & gone if one in of_rule]
        changed = [one for one in stayed if one.fate in {RuleFate.JOINED, RuleFate.PARTED}]
    return {one.identity: one for one in changed}


def turn_of(before: float, after: float) -> Turn | None:
    """What having that many rules (or that score) before and after means; None for the same."""
    if before == after:
        return None
    if after == 0:
        return Turn.LOST
    if before == 0:
        return Turn.GAINED
    return Turn.DEEPER if after > before else Turn.THINNER


def _identities(
    corpus: Corpus, rules: Sequence[int], united: Mapping[Identity, Identity]
) -> set[Identity]:
    own = (corpus.identities[index] for index in rules)
    return {united.get(one, one) for one in own}


def _difference(
    before: Sequence[Finding], after: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that only one side has: new ones and those that are gone."""
    return (
        unknown(after, map(identity, before)),
        unknown(before, map(identity, after)),
    )


def unknown(findings: Iterable[Finding], known: Iterable[Hashable]) -> tuple[Finding, ...]:
    """The findings whose `identity` isn't known, each known one taken once."""
    left = Counter(known)
    found = []
    for one in findings:
        if left[identity(one)]:
            left[identity(one)] -= 1
        else:
            found.append(one)
    return tuple(found)


def identity(finding: Finding) -> Hashable:
    """What makes a finding the same one although its rule was edited: not its line."""
    return finding.code, finding.source, finding.rule_id, finding.subject, finding.message
