"""How far detection has come since the other side, as parts of a Document."""

from collections.abc import Iterator

from detcov.analysis.stages import STAGES
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Heading,
    Many,
    Number,
    Part,
    Sentence,
    State,
    Table,
)
from detcov.report.words import many
from detcov.timeline.stage_change import StageChange, StageMove

RULE_LIMIT = 5
"""Rules named in one cell of a table of changes"""


def stages(change: StageChange | None) -> Iterator[Part]:
    """Both sides' numbers, and each technique that moved; nothing where facts don't tell."""
    if change is None:
        return
    fell = sum(1 for one in change.moves if one.fell)
    yield Heading(text="Stages")
    yield Sentence(
        text=f"{many(len(change.moves) - fell, 'technique')} known to have come further, {fell:,} "
        "less far, by the facts of either day; what they no longer state is unknown. "
        f"Accepted gaps: {change.before.excused:,} before, {change.after.excused:,} after."
    )
    yield _sums(change)
    if change.moves:
        columns = (
            Column(name="", id="turn"),
            Column(name="Technique", id="technique"),
            Column(name="Name", id="name", shrink=True),
            Column(name="before", id="before"),
            Column(name="after", id="after"),
            Column(name="By", id="rules", shrink=True),
        )
        yield Table(id="stage_moves", columns=columns, rows=tuple(map(_move, change.moves)))


def _sums(change: StageChange) -> Table:
    columns = (
        Column(name="Stage", id="stage"),
        Column(name="before", align="right", id="before", kind="ratio"),
        Column(name="after", align="right", id="after", kind="ratio"),
        Column(name="change", align="right", id="change"),
    )
    pairs = [(change.before.at(stage).reached, change.after.at(stage).reached) for stage in STAGES]
    rows = tuple(
        (
            stage.value,
            was,
            now,
            Number(value=now.numerator - was.numerator, signed=True),
        )
        for stage, (was, now) in zip(STAGES, pairs, strict=True)
    )
    return Table(id="stages", columns=columns, rows=rows)


def _move(one: StageMove) -> tuple[Cell, ...]:
    return (
        State(word="fell", tone="bad") if one.fell else State(word="rose", tone="good"),
        Code(text=one.technique.id),
        one.technique.name,
        State(word=one.before.value),
        State(word=one.after.value),
        Many(cells=one.rules, limit=RULE_LIMIT) if one.rules else None,
    )
