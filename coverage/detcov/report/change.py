"""What changed, as a Document: techniques, rules, findings, tactics and the release, apart."""

from collections import Counter
from collections.abc import Iterator, Sequence

from detcov.analysis.change import Change, Turn
from detcov.analysis.coverage import Ratio
from detcov.analysis.release_change import ReleaseChange, TacticChange
from detcov.analysis.rule_change import RuleFate
from detcov.model import LEVELS, Finding, ParseFailure
from detcov.report.changed_rules import rules, techniques, turn_state
from detcov.report.document import (
    Audience,
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
from detcov.report.words import counted, many
from detcov.study import Study
from detcov.timeline.stage_change import StageChange

UNREAD_LIMIT = 5
"""Files named that can't be read"""
GONE_LIMIT = 40
"""Findings that are gone, as people see them named"""


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


def unread(failures: Sequence[ParseFailure], *, most: int = UNREAD_LIMIT) -> Iterator[Part]:
    """Warn of files of the newer rules that couldn't be read: what they hold doesn't count.

    People see `most` of them.
    """
    if failures:
        texts = [str(one) for one in failures[:most]]
        left = len(failures) - len(texts)
        texts += [f"and {left:,} more" if texts else f"{left:,}"] if left else []
        text = f"Files that can't be read: {'; '.join(texts)}."
        yield Note(text=text, kind="warning", audience="people")
    columns = tuple(Column(name=name, id=name) for name in ("source", "path", "line", "message"))
    rows = tuple(
        (
            one.source,
            Code(text=one.path),
            Number(value=one.place.line) if one.place else None,
            one.message,
        )
        for one in failures
    )
    yield Table(id="unread", columns=columns, rows=rows, audience="machines")


def _from(change: Change) -> str:
    before, between, after = change.before, change.between, change.after
    text = f"from {counted(before)}"
    if change.release is None:
        return text
    rules, release = after.numerator - between.numerator, between.numerator - before.numerator
    return f"{text}; by the rules {rules:+,}, by the release {release:+,}"


def findings(change: Change, titles: Titles) -> Iterator[Part]:
    """Mapping defects and drift, those that are new and those that are gone, each named."""
    yield Heading(text="Findings")
    yield from (Sentence(text=text) for text in found_and_gone(change))
    yield found_table(change, titles)
    yield gone_table(change, titles)


def found_table(change: Change, titles: Titles, *, audience: Audience = "all") -> Table:
    """A row a finding that is new."""
    rows = tuple(_finding(one, titles) for one in change.found)
    return Table(id="found", columns=_finding_columns("New"), rows=rows, audience=audience)


def gone_table(change: Change, titles: Titles, *, audience: Audience = "all") -> Table:
    """A row a finding that is gone: its place is that of the older side."""
    rows = tuple(_finding(one, titles, gone=True) for one in change.fixed)
    return Table(
        id="gone",
        columns=_finding_columns("Gone"),
        rows=rows,
        limit=GONE_LIMIT,
        hint=" are gone",
        audience=audience,
    )


def _finding_columns(name: str) -> tuple[Column, ...]:
    more = ("source", "path", "line", "rule_id", "subject", "fix")
    return (
        Column(name=name, id="severity"),
        Column(name="Code", id="code"),
        Column(name="Rule", id="rule_name", shrink=True),
        Column(name="What", id="message", shrink=True),
        Column(name="Where", id="place", shrink=True, audience="people"),
        *(Column(name=key, id=key, audience="machines") for key in more),
    )


def found_and_gone(change: Change) -> tuple[str, ...]:
    """How many findings are new and gone, and in how many rules; drift apart.

    A rule that is newly written for an earlier ATT&CK has drift from its first day, once for each
    mapping that is outdated: that is no defect that anybody made this week.
    """
    unread = {(one.key.source, one.path) for one in change.rules_of(RuleFate.UNREADABLE)}
    texts: list[str] = []
    for drift in (False, True):
        found = [one for one in change.found if one.drift is drift]
        gone = [one for one in change.fixed if one.drift is drift]
        if drift and not found and not gone:
            continue
        text = f"{_in_rules(found, 'new')}, {_in_rules(gone, 'gone')}"
        if unseen := sum((one.source, one.path) in unread for one in gone):
            text += f", {unseen:,} of them in files that can't be read any more"
        texts.append(f"Drift (outdated, no defect): {text}." if drift else f"{text}.")
    return tuple(texts)


def _in_rules(findings: Sequence[Finding], word: str) -> str:
    """Say "6 new in 2 rules (1 error, 5 notes)"; drift alone needs no sums."""
    text = f"{len(findings):,} {word}"
    if findings:
        text += f" in {many(_rules_of(findings), 'rule')}"
    if any(not one.drift for one in findings):
        text += f" ({by_level(findings)})"
    return text


def by_level(findings: Sequence[Finding]) -> str:
    """How many there are of each level: "1 error, 5 notes"."""
    counts = Counter(one.level for one in findings)
    return ", ".join(
        f"{counts[level]:,} drift" if level == "drift" else many(counts[level], level)
        for level in LEVELS
        if counts[level]
    )


def _rules_of(findings: Sequence[Finding]) -> int:
    return len({(one.source, one.path, one.rule_id) for one in findings})


def tactics(changes: Sequence[TacticChange], titles: Titles) -> Iterator[Part]:
    """The table a tactic, under its heading."""
    yield Heading(text="Tactics")
    yield tactic_table(changes, titles)


def tactic_table(
    changes: Sequence[TacticChange], titles: Titles, *, audience: Audience = "all"
) -> Table:
    """A row a tactic, keyed by id and name; two causes in two columns."""
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
    return Table(id="tactics", columns=tuple(columns), rows=tuple(rows), audience=audience)


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


def _finding(one: Finding, titles: Titles, *, gone: bool = False) -> tuple[Cell, ...]:
    word = one.level
    tone: Tone = "bad" if word == "error" else "warn" if word == "warning" else "quiet"
    place = one.place
    at = f":{place.line}" if place.exact else ""
    path = titles.path(one.source, one.path, gone=gone)
    return (
        State(word=word, tone=tone),
        Code(text=one.code),
        one.rule_name,
        one.message,
        Code(text=f"{path}{at}"),
        one.source,
        Code(text=path),
        Number(value=place.line),
        one.rule_id,
        one.subject,
        one.fix,
    )


def _difference(before: Ratio, after: Ratio) -> Number:
    return Number(value=after.numerator - before.numerator, signed=True)


def _signed(value: int | None) -> Cell:
    return None if value is None else Number(value=value, signed=True)
