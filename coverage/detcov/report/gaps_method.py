"""How the numbers of a gap report came about, and what was asked for."""

from collections.abc import Iterator, Sequence

from detcov.analysis.gap_study import GapStudy
from detcov.report import gaps_words as words
from detcov.report.document import Column, Heading, Note, Part, Sentence, Table
from detcov.report.heatmap_card import MITRE_NOTICE, dataset_row, method_card, rules_row
from detcov.report.words import many
from detcov.study import Study


def tactic_names(study: Study) -> dict[str, str]:
    """Shortname to name of the release's tactics."""
    return {one.shortname: one.name for one in study.release.tactics}


def chosen_words(study: Study, found: Sequence[GapStudy]) -> str:
    """Which techniques were asked for; "" for all."""
    return words.selection(found[0], tactic_names(study)) if found else ""


def method_parts(
    study: Study, found: Sequence[GapStudy], *, short: bool = False, table: bool = False
) -> Iterator[Part]:
    """The section of how the numbers came about: what is needed most, sentences, or a table."""
    yield Heading(text="Method")
    if short:
        for row in (dataset_row(study), rules_row(study)):
            yield from (Sentence(text=f"{row.label}: {line}") for line in row.lines)
        yield Sentence(text=f"Notice: {MITRE_NOTICE}")
    elif table:
        columns = (Column(name="about"), Column(name="text"))
        yield Table(columns=columns, rows=tuple(_card(study, found)), id="method")
    else:
        yield from (Sentence(text=f"{label}: {line}") for label, line in _card(study, found))
    yield Note(
        text="Mapped is not the same as detected: a rule counts by what it says about itself."
    )


def _card(study: Study, found: Sequence[GapStudy]) -> Iterator[tuple[str, str]]:
    """The card of every report, with what a gap is in the place of what the heatmap counts."""
    for row in method_card(study):
        if row.label == "Definitions":
            names = dict.fromkeys(name for one in found for name in one.gaps.columns)
            yield from (("Columns", f"{name}: {words.COLUMN_MEANINGS[name]}") for name in names)
        elif row.label == "Scope":
            for one in found:
                techniques = many(len(one.gaps.techniques), "technique")
                yield row.label, f"{one.gaps.platform}: {techniques}"
        else:
            yield from ((row.label, line) for line in row.lines)
