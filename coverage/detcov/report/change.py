"""What changed, as a Document: techniques, rules, findings, tactics and the release, apart."""

from collections.abc import Iterator, Sequence

from detcov.analysis.change import Change, Turn
from detcov.analysis.coverage import Ratio
from detcov.analysis.release_change import ReleaseChange, TacticChange
from detcov.analysis.rule_change import RuleFate
from detcov.model import Finding, ParseFailure
from detcov.report.changed_rules import rules, techniques, turn_state
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Note,
    Number,
    Part,
    Sentence,
    State,
    Table,
    Tone,
)
from detcov.report.method import method
from detcov.report.stage_change import stages as stage_parts
from detcov.report.titles import Titles
from detcov.report.words import counted
from detcov.study import Study
from detcov.timeline.stage_change import StageChange

UNREAD_LIMIT = 5
"""Files named that can't be read"""


def diff(
    change: Change,
    titles: Titles,
    after: Study,
    *,
    stages: StageChange | None = None,
    full: bool,
) -> Document:
    """Say what changed from one side to the other. `after` is the new rules under the new release.

    `stages` are told where both sides know of their estate. `full` has the whole method card; else
    it is what a terminal has room for.
    """
    same = titles.release_before == titles.release_after
    under = titles.release_after if same else f"{titles.release_before} → {titles.release_after}"
    compared = f"{titles.before} → {titles.after}; {under}"
    parts: list[Part] = [
        Sentence(text=headline(change), strong=True),
        numbers(change),
        *unread(tuple(map(titles.failure, after.corpus.failures))),
        *techniques(change),
        *rules(change, titles),
        *findings(change, titles),
        *tactics(change.tactics, titles),
        *release(change.release),
        *stage_parts(stages),
        *method(after, full=full),
    ]
    return Document(
        title="What changed",
        subject="diff",
        subtitle=compared,
        main="rules",
        parts=tuple(parts),
    )


def headline(change: Change) -> str:
    """The one sentence: covered of how many, and what the rules and the release did."""
    now, rules = change.after, change.after.numerator - change.between.numerator
    text = f"{counted(now)} techniques covered ({now.percent})"
    text += (
        f"; our rules changed that by {rules:+,}"
        if rules
        else "; our rules didn't change the number"
    )
    if change.release is not None:
        release = change.between.numerator - change.before.numerator
        scope = change.between.denominator - change.before.denominator
        said = f"the techniques in scope by {scope:+,}"
        if release:
            text += f", the new release {'by' if rules else 'changed it by'} {release:+,}"
            text += f" (and {said})" if scope else ""
        elif scope:
            text += f", the new release only {said}"
        else:
            text += f", the new release didn't{'' if rules else ' either'}"
    return f"{text}. {_how_many(change, Turn.LOST)}, {_how_many(change, Turn.GAINED)}."


def _how_many(change: Change, turn: Turn) -> str:
    """Those apart that the headline's ratio doesn't count: else the sum wouldn't come out."""
    found = change.of(turn)
    pre = sum(one.technique.pre_only for one in found)
    return f"{len(found):,} {turn}" + (f" ({pre:,} PRE-only)" if pre else "")


def numbers(change: Change) -> KeyNumbers:
    """The four numbers: covered and its change, rules that count and their change."""
    return KeyNumbers(
        numbers=(
            KeyNumber(id="covered", label="techniques covered", value=change.after),
            KeyNumber(
                id="covered_change",
                label="change",
                value=_difference(change.before, change.after),
                detail=_from(change),
            ),
            KeyNumber(
                id="rules", label="rules that count", value=Number(value=change.counted_after)
            ),
            KeyNumber(
                id="rules_change",
                label="change",
                value=Number(value=change.counted_after - change.counted_before, signed=True),
                detail=f"from {change.counted_before:,}",
            ),
        )
    )


def unread(failures: Sequence[ParseFailure]) -> Iterator[Part]:
    """Warn of files of the newer rules that couldn't be read: what they hold doesn't count."""
    if failures:
        first = "; ".join(str(one) for one in failures[:UNREAD_LIMIT])
        left = len(failures) - UNREAD_LIMIT
        more = f"; and {left:,} more" if left > 0 else ""
        yield Note(text=f"Files that can't be read: {first}{more}.", kind="warning")


def _from(change: Change) -> str:
    before, between, after = change.before, change.between, change.after
    text = f"from {counted(before)}"
    if change.release is None:
        return text
    rules, release = after.numerator - between.numerator, between.numerator - before.numerator
    return f"{text}; by the rules {rules:+,}, by the release {release:+,}"


def findings(change: Change, titles: Titles) -> Iterator[Part]:
    """Mapping defects and drift that are new, and the number that is gone."""
    yield Heading(text="Findings")
    yield Sentence(text=found_and_gone(change))
    columns = (
        Column(name="New", id="severity"),
        Column(name="Code", id="code"),
        Column(name="Rule", id="rule", shrink=True),
        Column(name="What", id="message", shrink=True),
        Column(name="Where", id="place", shrink=True),
    )
    yield Table(
        id="found", columns=columns, rows=tuple(_finding(one, titles) for one in change.found)
    )


def found_and_gone(change: Change) -> str:
    """How many findings are new and gone; a file that can't be read any more has mended none."""
    unread = {(one.key.source, one.path) for one in change.rules_of(RuleFate.UNREADABLE)}
    unseen = sum((one.source, one.path) in unread for one in change.fixed)
    text = f"{len(change.found):,} new, {len(change.fixed):,} gone"
    return (
        f"{text} ({unseen:,} of them in files that can't be read any more)."
        if unseen
        else f"{text}."
    )


def tactics(changes: Sequence[TacticChange], titles: Titles) -> Iterator[Part]:
    """The table a tactic, keyed by id and name; two causes in two columns."""
    yield Heading(text="Tactics")
    moved = titles.release_before != titles.release_after
    columns = [
        Column(name="Tactic", id="tactic", shrink=True),
        Column(name="before", align="right", id="before", kind="ratio"),
        Column(name="after", align="right", id="after", kind="ratio"),
        Column(name="by rules", align="right", id="by_rules"),
    ]
    if moved:
        columns += [
            Column(name="by release", align="right", id="by_release"),
            Column(name="", id="note", shrink=True),
        ]
    rows: list[tuple[Cell, ...]] = []
    for one in changes:
        row: tuple[Cell, ...] = (
            one.name,
            one.before.ratio if one.before else None,
            one.after.ratio if one.after else None,
            _signed(one.by_rules),
        )
        rows.append((*row, _signed(one.by_release), one.note) if moved else row)
    yield Table(id="tactics", columns=tuple(columns), rows=tuple(rows))


def release(change: ReleaseChange | None) -> Iterator[Part]:
    """What the new release did to the same rules; nothing where there is none."""
    if change is None:
        return
    found = change.changes
    successors = {end.id for _, end in change.carried}
    yield Heading(text="The new release")
    yield Sentence(
        text=f"The same rules cover {counted(change.before)} under {found.older} and "
        f"{counted(change.after)} under {found.newer}. "
        f"Revoked techniques whose successors are covered: {len(change.carried):,}, "
        f"now {len(successors):,}; new techniques without a rule: {len(change.gaps):,}."
    )
    for tactic, (was, now) in found.renamed_tactics.items():
        yield Sentence(text=f"{tactic} {was} is called {now} and is another line.", indent=1)
    if change.lost or change.gained:
        columns = (
            Column(name="", id="turn"),
            Column(name="Technique", id="technique"),
            Column(name="Name", id="name", shrink=True),
            Column(name="Why", id="why", shrink=True),
        )
        lost, gained = turn_state(Turn.LOST), turn_state(Turn.GAINED)
        yield Table(
            id="release",
            columns=columns,
            rows=(
                *((lost, Code(text=one.id), one.name, why) for one, why in change.lost),
                *(
                    (gained, Code(text=one.id), one.name, "; ".join(found.of(one.id)))
                    for one in change.gained
                ),
            ),
        )


def _finding(one: Finding, titles: Titles) -> tuple[Cell, ...]:
    word = one.level
    tone: Tone = "bad" if word == "error" else "warn" if word == "warning" else "quiet"
    place = one.place
    at = f":{place.line}" if place.exact else ""
    return (
        State(word=word, tone=tone),
        Code(text=one.code),
        one.rule_name,
        one.message,
        Code(text=f"{titles.path(one.source, one.path)}{at}"),
    )


def _difference(before: Ratio, after: Ratio) -> Number:
    return Number(value=after.numerator - before.numerator, signed=True)


def _signed(value: int | None) -> Cell:
    return None if value is None else Number(value=value, signed=True)
