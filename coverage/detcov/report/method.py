"""The end of a report: how its numbers came about, and MITRE's notice."""

from collections.abc import Iterator

from detcov.attack.release import Release
from detcov.report.document import Column, Heading, Note, Part, Sentence, Table
from detcov.report.heatmap_card import MITRE_NOTICE, method_card
from detcov.study import Study


def method(study: Study, *, full: bool) -> Iterator[Part]:
    """The method card, which people see if `full`; else what a terminal has room for."""
    yield Heading(text="Method")
    rows = tuple((row.label, line) for row in method_card(study) for line in row.lines)
    yield Table(
        columns=(Column(name="about"), Column(name="text", shrink=True)),
        rows=rows,
        id="method",
        audience="all" if full else "machines",
    )
    yield Note(
        text="Mapped is not the same as detected: a rule counts by what it says about itself."
    )
    if not full:
        yield notice()


def notice() -> Sentence:
    """MITRE's notice, for a report that has no method card."""
    return Sentence(text=f"MITRE ATT&CK®. {MITRE_NOTICE}")


def datasets(*releases: Release) -> Iterator[Part]:
    """The end of a report on releases alone: where each is from, and MITRE's notice."""
    yield Heading(text="Method")
    for one in releases:
        origin = f"{one.origin or 'origin unknown'}, SHA-256 {one.sha256 or 'unknown'}"
        yield Sentence(text=f"{one.title} ({one.domain}): {origin}.", indent=1)
    yield notice()
