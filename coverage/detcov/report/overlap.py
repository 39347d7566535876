"""What a second side of rules adds to a first, as a Document and as a Navigator layer."""

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
    Tone,
)
from detcov.report.layer_scope import scoped
from detcov.report.layer_words import UNNAMED, cleaned, dataset_facts, platforms_fact
from detcov.report.method import method
from detcov.report.words import first, many, titled
from detcov.study import Study

RULE_LIMIT: Final = 3
"""Rules named of a technique"""
_LISTED: Final = 60
"""Techniques that a terminal has room for"""
_SHORT: Final = 10
"""Characters of a label that leave room for a table on a terminal; "only " and such a label are
the 15 that Navigator shows in its legend"""
_TONES: Final[Mapping[Standing, Tone]] = {
    Standing.ADDED: "good",
    Standing.DEEPER: "good",
    Standing.EQUAL: "quiet",
    Standing.THINNER: "warn",
    Standing.MISSING: "bad",
}
# Of Okabe and Ito's palette; grey for what B has no part in.
COLORS: Final[Mapping[Standing, str]] = {
    Standing.ADDED: "#0072b2",
    Standing.DEEPER: "#56b4e9",
    Standing.EQUAL: "#009e73",
    Standing.THINNER: "#e69f00",
    Standing.MISSING: "#999999",
}


class Called(Struct, frozen=True, kw_only=True):
    """What both sides are called where there are many of such words: labels, or letters."""

    first: str = "A"
    second: str = "B"

    def standing(self, standing: Standing) -> str:
        """Such as "only B", "only ours", "deeper"."""
        match standing:
            case Standing.ADDED:
                return f"only {self.second}"
            case Standing.MISSING:
                return f"only {self.first}"
            case _:
                return standing.value


class Sides(Struct, frozen=True, kw_only=True):
    """Whose rules are compared, and what they are called."""

    first: str
    second: str
    """Labels of the sources"""
    rules_of_first: Corpus
    rules_of_second: Corpus
    together: Study
    """Both under the release of the comparison"""

    @property
    def title(self) -> str:
        """What the comparison is called without a title of the user's."""
        return f"What {self.second} adds to {self.first}"

    @property
    def labels(self) -> Called:
        """Both by their labels."""
        return Called(first=self.first, second=self.second)

    @property
    def short(self) -> Called:
        """Both by their labels where those leave room, else by letters."""
        room = max(len(self.first), len(self.second)) <= _SHORT
        return self.labels if room else Called()


def overlap_document(
    found: Overlap,
    sides: Sides,
    *,
    called: Called,
    title: str = "",
    terminal: bool = False,
    full: bool = True,
) -> Document:
    """Say it technique by technique, on a `terminal` without the whole method card.

    Not `full` shows people only what the second side adds, where there is much more.
    """
    letters = f"{called.first}: {sides.first}, {called.second}: {sides.second}"
    who = f"{sides.second} beside {sides.first}" if called == sides.labels else letters
    parts: tuple[Part, ...] = (
        Sentence(text=_headline(found, sides), strong=True),
        _numbers(found, called),
        *_notes(found),
        *_techniques(found, sides, called, full=full),
        *_tactics(found, called),
        *method(sides.together, full=not terminal),
    )
    return Document(
        title=title or sides.title,
        subject="compare",
        subtitle=f"{who}; {sides.together.release.title}",
        main="techniques",
        parts=parts,
    )


def overlap_layer(found: Overlap, sides: Sides, *, title: str = "") -> bytes:
    """A cell of every technique that either side covers, told by colour and by word."""
    release, coverage, called = sides.together.release, sides.together.coverage, sides.short
    entries = (
        entry
        for one in sorted(found.techniques, key=lambda one: one.technique.id)
        for entry in _entries(one, sides, called)
    )
    return coloured_layer(
        scoped(release, coverage.cells, entries),
        name=titled(title or sides.title, coverage.platforms),
        description=(
            f"What {_with_letter(sides.second, called.second)} adds to "
            f"{_with_letter(sides.first, called.first)}. Colours and the word in each tooltip "
            f"tell who covers a technique, and whether {called.second} has more or fewer rules; "
            "an empty cell has none."
        ),
        domain=release.domain,
        version=release.version,
        legend={cleaned(called.standing(one)): color for one, color in COLORS.items()},
        facts=(
            Metadata(name="First side", value=cleaned(_with_letter(sides.first, called.first))),
            Metadata(name="Second side", value=cleaned(_with_letter(sides.second, called.second))),
            *dataset_facts(release),
            platforms_fact(coverage),
        ),
    )


def _with_letter(label: str, called: str) -> str:
    """A label, and the letter that stands for it where it takes too much room."""
    return label if label == called else f"{label} ({called})"


def _headline(found: Overlap, sides: Sides) -> str:
    together, added = found.together, found.counts[Standing.ADDED]
    return (
        f"{sides.second} adds {many(added, 'technique')} to the "
        f"{found.first.numerator:,} that {sides.first} covers: {together.numerator:,} of "
        f"{together.denominator:,} together ({together.percent})."
    )


def _numbers(found: Overlap, called: Called) -> KeyNumbers:
    both = sum(n for standing, n in found.counts.items() if standing.shared)
    depths = (Standing.DEEPER, Standing.EQUAL, Standing.THINNER)
    told = ", ".join(f"{found.counts[one]:,} {one}" for one in depths)
    added, missing = found.counts[Standing.ADDED], found.counts[Standing.MISSING]
    return KeyNumbers(
        numbers=(
            KeyNumber(id="together", label="covered together", value=found.together),
            KeyNumber(id="first", label=f"covered by {called.first}", value=found.first),
            KeyNumber(id="second", label=f"covered by {called.second}", value=found.second),
            KeyNumber(
                id="only_second",
                label=called.standing(Standing.ADDED),
                value=Number(value=added),
            ),
            KeyNumber(
                id="both",
                label="both",
                value=Number(value=both),
                detail=f"{called.second}: {told}",
            ),
            KeyNumber(
                id="only_first",
                label=called.standing(Standing.MISSING),
                value=Number(value=missing),
            ),
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


def _techniques(found: Overlap, sides: Sides, called: Called, *, full: bool) -> Iterator[Part]:
    yield Heading(text="Techniques")
    added = sum(1 for one in found.techniques if one.standing is Standing.ADDED)
    whole = full or len(found.techniques) <= _LISTED
    if not found.techniques:
        yield Sentence(text="Neither side covers a technique.")
    elif not whole:
        yield Sentence(text=f"Those that {called.second} adds:", audience="people")
    columns = (
        Column(name="", id="standing"),
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
        Column(name=called.first, align="right", id="first"),
        Column(name=called.second, align="right", id="second"),
        Column(
            name=f"By {called.second}, else by {called.first}",
            id="rules",
            shrink=True,
            audience="people",
        ),
        Column(name=f"Rules of {called.first}", id="first_rules", kind="rule", audience="machines"),
        Column(
            name=f"Rules of {called.second}", id="second_rules", kind="rule", audience="machines"
        ),
    )
    yield Table(
        id="techniques",
        columns=columns,
        rows=tuple(_row(one, sides, called) for one in found.techniques),
        limit=None if whole else added,
        hint=f" that {called.second} doesn't add (--full)",
    )


def _row(one: OverlapTechnique, sides: Sides, called: Called) -> tuple[Cell, ...]:
    mine = rule_cells(sides.rules_of_first, one.first, limit=RULE_LIMIT)
    theirs = rule_cells(sides.rules_of_second, one.second, limit=RULE_LIMIT)
    return (
        State(word=called.standing(one.standing), tone=_TONES[one.standing]),
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


def _tactics(found: Overlap, called: Called) -> Iterator[Part]:
    yield Heading(text="Tactics")
    columns = (
        Column(name="Tactic", id="tactic", shrink=True),
        Column(name=called.first, align="right", id="first", kind="ratio"),
        Column(name=called.second, align="right", id="second", kind="ratio"),
        Column(name="together", align="right", id="together", kind="ratio"),
        Column(name=f"+{called.second}", align="right", id="added"),
    )
    rows = tuple(
        (one.tactic.name, one.first, one.second, one.together, Number(value=one.added))
        for one in found.tactics
    )
    yield Table(id="tactics", columns=columns, rows=rows)


def _entries(one: OverlapTechnique, sides: Sides, called: Called) -> Iterator[LayerTechnique]:
    word = called.standing(one.standing)
    yield from in_each_tactic(
        one.technique,
        sides.together.release,
        color=COLORS[one.standing],
        comment=cleaned(f"{word}: {_counts(one, called)} rules"),
        metadata=tuple(_metadata(one, sides, called)),
    )


def _counts(one: OverlapTechnique, called: Called) -> str:
    return f"{called.first} {len(one.first)}, {called.second} {len(one.second)}"


def _metadata(one: OverlapTechnique, sides: Sides, called: Called) -> Iterator[Metadata]:
    yield Metadata(name="Who", value=cleaned(called.standing(one.standing)))
    yield Metadata(name="Rules", value=cleaned(_counts(one, called)))
    for side, corpus, rules in (
        (called.first, sides.rules_of_first, one.first),
        (called.second, sides.rules_of_second, one.second),
    ):
        for name in _first(corpus, rules):
            yield Metadata(name=cleaned(side), value=cleaned(name) or UNNAMED)
