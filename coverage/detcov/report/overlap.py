"""What B adds to A, as a Document and as a Navigator layer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detcov.analysis.overlap import Overlap, OverlapTechnique, Standing
from detcov.layer.model import LayerTechnique, Metadata
from detcov.model import Corpus, RuleIndex
from detcov.report.cells import rule_cells
from detcov.report.coloured_layer import coloured_layer, in_each_tactic
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
)
from detcov.report.layer_words import UNNAMED, cleaned
from detcov.report.method import method
from detcov.report.words import first, many
from detcov.study import Study

RULE_LIMIT: Final = 3
"""Rules named of a technique"""
_LISTED: Final = 60
"""Techniques that a terminal has room for"""
_STATES: Final[Mapping[Standing, State]] = {
    Standing.ADDED: State(word=Standing.ADDED.value, tone="good"),
    Standing.DEEPER: State(word=Standing.DEEPER.value, tone="good"),
    Standing.EQUAL: State(word=Standing.EQUAL.value),
    Standing.THINNER: State(word=Standing.THINNER.value, tone="warn"),
    Standing.MISSING: State(word=Standing.MISSING.value, tone="bad"),
}
# Of Okabe and Ito's palette; grey for what B has no part in.
COLORS: Final[Mapping[Standing, str]] = {
    Standing.ADDED: "#0072b2",
    Standing.DEEPER: "#56b4e9",
    Standing.EQUAL: "#009e73",
    Standing.THINNER: "#e69f00",
    Standing.MISSING: "#999999",
}


class Sides(Struct, frozen=True, kw_only=True):
    """Whose rules are compared, and what they are called."""

    first: str
    second: str
    rules_of_first: Corpus
    rules_of_second: Corpus
    together: Study
    """Both under the release of the comparison"""


def overlap_document(
    found: Overlap, sides: Sides, *, title: str, terminal: bool = False, full: bool = True
) -> Document:
    """Say it technique by technique, on a `terminal` without the whole method card.

    Not `full` shows people only what B adds, where there is much more.
    """
    compared = f"A: {sides.first}, B: {sides.second}; {sides.together.release.title}"
    parts: tuple[Part, ...] = (
        Sentence(text=_headline(found, sides), strong=True),
        _numbers(found),
        *_notes(found),
        *_techniques(found, sides, full=full),
        *_tactics(found),
        *method(sides.together, full=not terminal),
    )
    return Document(
        title=title,
        subject="compare",
        subtitle=compared,
        main="techniques",
        parts=parts,
    )


def overlap_layer(found: Overlap, sides: Sides, *, title: str) -> bytes:
    """A cell of every technique that either side covers, told by colour and by word."""
    release = sides.together.release
    entries = (
        entry
        for one in sorted(found.techniques, key=lambda one: one.technique.id)
        for entry in _entries(one, sides)
    )
    return coloured_layer(
        entries,
        name=title,
        description=(
            f"What {sides.second} (B) adds to {sides.first} (A). Colours and the word in each "
            "tooltip tell who covers a technique, and whether B has more or fewer rules; an empty "
            "cell has none."
        ),
        domain=release.domain,
        version=release.version,
        legend={standing.value: color for standing, color in COLORS.items()},
    )


def _headline(found: Overlap, sides: Sides) -> str:
    together, added = found.together, found.counts[Standing.ADDED]
    return (
        f"{sides.second} adds {many(added, 'technique')} to the "
        f"{found.first.numerator:,} that {sides.first} covers: {together.numerator:,} of "
        f"{together.denominator:,} together ({together.percent})."
    )


def _numbers(found: Overlap) -> KeyNumbers:
    both = sum(n for standing, n in found.counts.items() if standing.shared)
    depths = (Standing.DEEPER, Standing.EQUAL, Standing.THINNER)
    told = ", ".join(f"{found.counts[one]:,} {one}" for one in depths)
    added, missing = found.counts[Standing.ADDED], found.counts[Standing.MISSING]
    return KeyNumbers(
        numbers=(
            KeyNumber(id="together", label="covered together", value=found.together),
            KeyNumber(id="first", label="covered by A", value=found.first),
            KeyNumber(id="second", label="covered by B", value=found.second),
            KeyNumber(id="only_second", label="only B", value=Number(value=added)),
            KeyNumber(id="both", label="both", value=Number(value=both), detail=f"B: {told}"),
            KeyNumber(id="only_first", label="only A", value=Number(value=missing)),
        )
    )


def _notes(found: Overlap) -> Iterator[Part]:
    if found.shared_rules:
        n = found.shared_rules
        yield Note(
            text=f"{many(n, 'rule')} {'counts' if n == 1 else 'count'} on both sides: the same id."
        )
    early = sum(1 for one in found.techniques if one.technique.pre_only)
    if early:
        stand = "stands" if early == 1 else "stand"
        yield Note(
            text=f"{many(early, 'technique')} from before the intrusion (platform PRE only) "
            f"{stand} in the table and in no number."
        )


def _techniques(found: Overlap, sides: Sides, *, full: bool) -> Iterator[Part]:
    yield Heading(text="Techniques")
    added = sum(1 for one in found.techniques if one.standing is Standing.ADDED)
    whole = full or len(found.techniques) <= _LISTED
    if not found.techniques:
        yield Sentence(text="Neither side covers a technique.")
    elif not whole:
        yield Sentence(text="Those that B adds:", audience="people")
    columns = (
        Column(name="", id="standing"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name="A", align="right", id="first"),
        Column(name="B", align="right", id="second"),
        Column(name="By B, else by A", id="rules", shrink=True, audience="people"),
        Column(name="Rules of A", id="first_rules", kind="rule", audience="machines"),
        Column(name="Rules of B", id="second_rules", kind="rule", audience="machines"),
    )
    yield Table(
        id="techniques",
        columns=columns,
        rows=tuple(_row(one, sides) for one in found.techniques),
        limit=None if whole else added,
        hint=" that B doesn't add (--full)",
    )


def _row(one: OverlapTechnique, sides: Sides) -> tuple[Cell, ...]:
    mine = rule_cells(sides.rules_of_first, one.first, limit=RULE_LIMIT)
    theirs = rule_cells(sides.rules_of_second, one.second, limit=RULE_LIMIT)
    return (
        _STATES[one.standing],
        Code(text=one.technique.id),
        one.technique.name,
        Number(value=len(one.first)),
        Number(value=len(one.second)),
        theirs if one.second else mine,
        mine,
        theirs,
    )


def _first(corpus: Corpus, rules: Sequence[RuleIndex]) -> tuple[str, ...]:
    return first([corpus.rules[index].name for index in rules], RULE_LIMIT)


def _tactics(found: Overlap) -> Iterator[Part]:
    yield Heading(text="Tactics")
    columns = (
        Column(name="Tactic", id="tactic", shrink=True),
        Column(name="A", align="right", id="first", kind="ratio"),
        Column(name="B", align="right", id="second", kind="ratio"),
        Column(name="together", align="right", id="together", kind="ratio"),
        Column(name="+B", align="right", id="added"),
    )
    rows = tuple(
        (one.tactic.name, one.first, one.second, one.together, Number(value=one.added))
        for one in found.tactics
    )
    yield Table(id="tactics", columns=columns, rows=rows)


def _entries(one: OverlapTechnique, sides: Sides) -> Iterator[LayerTechnique]:
    yield from in_each_tactic(
        one.technique,
        sides.together.release,
        color=COLORS[one.standing],
        comment=f"{one.standing}: A {len(one.first)}, B {len(one.second)} rules",
        metadata=tuple(_metadata(one, sides)),
    )


def _metadata(one: OverlapTechnique, sides: Sides) -> Iterator[Metadata]:
    yield Metadata(name="Who", value=one.standing.value)
    yield Metadata(name="Rules", value=f"A {len(one.first)}, B {len(one.second)}")
    for word, corpus, rules in (
        ("A", sides.rules_of_first, one.first),
        ("B", sides.rules_of_second, one.second),
    ):
        for name in _first(corpus, rules):
            yield Metadata(name=word, value=cleaned(name) or UNNAMED)
