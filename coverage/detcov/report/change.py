"""What changed, as a Document: techniques, rules, findings, tactics and the release, apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from detcov.analysis.change import Change, TechniqueChange, Turn
from detcov.analysis.coverage import Ratio
from detcov.analysis.release_change import ReleaseChange, TacticChange
from detcov.analysis.rule_change import Mark, RuleChange, RuleFate
from detcov.model import Finding, ParseFailure
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Many,
    Note,
    Number,
    Part,
    Sentence,
    State,
    Table,
    Tone,
)
from detcov.report.method import method
from detcov.report.stage_change import RULE_LIMIT
from detcov.report.stage_change import stages as stage_parts
from detcov.report.words import first, many, shorten
from detcov.study import Study
from detcov.timeline.stage_change import StageChange

UNREAD_LIMIT = 5
"""Files named that can't be read"""
_FATES = {
    RuleFate.REMOVED: State(word="removed", tone="bad"),
    RuleFate.RETIRED: State(word="retired", tone="bad"),
    RuleFate.UNREADABLE: State(word="unreadable", tone="bad"),
    RuleFate.REMAPPED: State(word="re-mapped", tone="warn"),
    RuleFate.ADDED: State(word="added", tone="good"),
    RuleFate.REVIVED: State(word="revived", tone="good"),
    RuleFate.READABLE: State(word="readable again", tone="good"),
    RuleFate.JOINED: State(word="now one rule"),
    RuleFate.PARTED: State(word="now several rules"),
    RuleFate.RENAMED: State(word="renamed"),
    RuleFate.FEWER: State(word="in fewer places"),
    RuleFate.MORE: State(word="in more places"),
}
_VERBS = {
    RuleFate.UNREADABLE: "became unreadable",
    RuleFate.READABLE: "became readable again",
    RuleFate.JOINED: "became one rule with another",
    RuleFate.PARTED: "became a rule of its own",
}
"""Where "was removed" and its like would read wrongly"""
TURNS: Mapping[Turn, State] = {
    Turn.LOST: State(word="lost", tone="bad"),
    Turn.GAINED: State(word="gained", tone="good"),
    Turn.THINNER: State(word="thinner", tone="warn"),
    Turn.DEEPER: State(word="deeper", tone="good"),
}


class Titles(Struct, frozen=True, kw_only=True):
    """What the two sides are called, and the data each was seen under."""

    before: str
    after: str
    release_before: str
    release_after: str


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
        *unread(after.corpus.failures),
        *techniques(change),
        *rules(change),
        *findings(change),
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
    text = f"{now.numerator:,} of {now.denominator:,} techniques covered ({now.percent})"
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
            KeyNumber(id="rules", label="rules that count", value=_n(change.counted_after)),
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
    text = f"from {before.numerator:,} of {before.denominator:,}"
    if change.release is None:
        return text
    rules, release = after.numerator - between.numerator, between.numerator - before.numerator
    return f"{text}; by the rules {rules:+,}, by the release {release:+,}"


def techniques(change: Change) -> Iterator[Part]:
    """Lost first and gained, a line each; then a table of all that has more or fewer rules."""
    for turn in (Turn.LOST, Turn.GAINED):
        found = change.of(turn)
        yield Heading(text=turn.value.capitalize())
        if turn is Turn.LOST and found:
            yield Note(text=_lost_note(found), kind="warning")
        for one in found:
            yield Sentence(text=turned(one), indent=1)
        if not found:
            yield Sentence(text="None.")
    yield Heading(text="Techniques with more or fewer rules")
    counts = (f"{len(change.of(turn)):,} {turn}" for turn in Turn)
    yield Sentence(text=f"{', '.join(counts)}.")
    columns = (
        Column(name="", id="turn"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="before", align="right", id="before"),
        Column(name="after", align="right", id="after"),
        Column(name="By", id="rules", shrink=True),
        Column(name="In", id="commit", shrink=True),
    )
    yield Table(id="techniques", columns=columns, rows=tuple(map(_technique, change.techniques)))


def rules(change: Change) -> Iterator[Part]:
    """One table of every rule that isn't what it was."""
    found = change.rules
    yield Heading(text="Rules")
    counts = [(fate, len(change.rules_of(fate))) for fate in RuleFate]
    told = ", ".join(f"{n:,} {fate}" for fate, n in counts if n)
    yield Sentence(text=f"{told or 'No rule changed in what it is or claims'}.")
    columns = (
        Column(name="", id="fate"),
        Column(name="Rule", id="rule", shrink=True),
        Column(name="claims no longer", id="lost", shrink=True),
        Column(name="claims now", id="gained", shrink=True),
        Column(name="Why", id="why", shrink=True),
        Column(name="In", id="commit", shrink=True),
        Column(name="File", id="path", shrink=True),
    )
    several = len({one.key.source for one in found}) > 1
    yield Table(id="rules", columns=columns, rows=tuple(_rule(one, several) for one in found))


def findings(change: Change) -> Iterator[Part]:
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
    yield Table(id="found", columns=columns, rows=tuple(map(_finding, change.found)))


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
    yield Heading(text="The new release")
    yield Sentence(
        text=f"The same rules cover {change.before.numerator:,} of {change.before.denominator:,} "
        f"under {found.older} and {change.after.numerator:,} of {change.after.denominator:,} "
        f"under {found.newer}. Revoked techniques whose successors are covered: "
        f"{len(change.carried):,}, now {len({end.id for _, end in change.carried}):,}; "
        f"new techniques without a rule: {len(change.gaps):,}."
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
        lost = State(word="lost", tone="bad")
        gained = State(word="gained", tone="good")
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


def _lost_note(found: Sequence[TechniqueChange]) -> str:
    n = len(found)
    return f"{many(n, 'technique')} {'has' if n == 1 else 'have'} no rule that counts any more."


def turned(one: TechniqueChange) -> str:
    """What became of a technique, with the rule that did it last, and when."""
    technique = one.technique
    text = f"{technique.id} {technique.name}"
    said = [many(one.before, "rule") + " before"] if one.turn is Turn.LOST else []
    if technique.pre_only:
        said.append("PRE-only")
    if said:
        text += f" ({', '.join(said)})"
    if not one.rules:
        return f"{text}."
    last, *others = one.rules
    text += f": {last.name} {_VERBS.get(last.fate, f'was {last.fate}')}"
    text += f" ({last.why})" if last.why else ""
    text += f" in {_said(last.mark)}" if last.mark else ""
    if others:
        names = shorten([other.name for other in others], RULE_LIMIT)
        apart = "before that" if one.turn is Turn.LOST else "later"
        same = all(other.mark == last.mark for other in others)
        text += f"; {'together with' if same else apart} {names}"
    return f"{text}."


def _said(mark: Mark) -> str:
    summary = f' "{mark.summary}"' if mark.summary else ""
    return f"{mark.id} on {mark.date}{summary}"


def _technique(one: TechniqueChange) -> tuple[Cell, ...]:
    last = one.rules[0] if one.rules else None
    return (
        TURNS[one.turn],
        Code(text=one.technique.id),
        one.technique.name,
        _n(one.before),
        _n(one.after),
        _named(one.rules),
        None if last is None else _commit(last),
    )


def _named(changes: Sequence[RuleChange]) -> Cell:
    """The rules that did it, the last first, each with what became of it."""
    return Many(cells=first([f"{one.name} ({one.fate})" for one in changes], RULE_LIMIT))


def _rule(one: RuleChange, several: bool) -> tuple[Cell, ...]:
    """A row; with `several` sources the file is named with its own."""
    return (
        _FATES[one.fate],
        one.name,
        _codes(one.lost),
        _codes(one.gained),
        one.why or None,
        _commit(one),
        Code(text=f"{one.key.source}: {one.path}" if several else one.path),
    )


def _commit(one: RuleChange) -> Cell:
    mark = one.mark
    return None if mark is None else f"{mark.id} {mark.date} {mark.summary}"


def _finding(one: Finding) -> tuple[Cell, ...]:
    word = one.level
    tone: Tone = "bad" if word == "error" else "warn" if word == "warning" else "quiet"
    place = one.place
    at = f":{place.line}" if place.exact else ""
    return (
        State(word=word, tone=tone),
        Code(text=one.code),
        one.rule_name,
        one.message,
        Code(text=f"{one.path}{at}"),
    )


def _codes(ids: Iterable[str]) -> Cell:
    cells = tuple(Code(text=one) for one in ids)
    return Many(cells=cells) if cells else None


def _difference(before: Ratio, after: Ratio) -> Number:
    return Number(value=after.numerator - before.numerator, signed=True)


def _signed(value: int | None) -> Cell:
    return None if value is None else Number(value=value, signed=True)


def _n(value: int) -> Number:
    return Number(value=value)
