"""Renders a Document as one self-contained HTML page, in the look of the heatmap."""

from collections.abc import Iterable, Iterator, Mapping

from markupsafe import Markup
from msgspec import Struct

from detcov.report.clean import clean, one_of_ours
from detcov.report.document import (
    Cell,
    Document,
    KeyNumbers,
    Part,
    Sentence,
    Table,
    for_people,
    plain,
    sections,
    slug,
    tables,
)
from detcov.report.page import render_page
from detcov.report.svg import Svg
from detcov.resources import template_text


class _Bullets(Struct, frozen=True, kw_only=True):
    """Indented sentences that follow one another: a list."""

    sentences: tuple[Sentence, ...]


class _Named(Struct, frozen=True, kw_only=True):
    """A table with its id."""

    id: str
    table: Table


class _Group(Struct, frozen=True, kw_only=True):
    """A section as the template prints it."""

    anchor: str
    heading: str
    blocks: tuple[Part | _Bullets | _Named, ...]


def render_html(
    document: Document, *, figures: Mapping[str, Svg] | None = None, filtered: str = ""
) -> bytes:
    """The page as UTF-8. It loads nothing; it prints, and is light or dark.

    `figures` are drawn above the tables of these ids. The table of the id `filtered` has a field
    above it that filters its rows by their first cells; without one the page runs nothing.
    """
    document = for_people(document)
    top = next(iter(sections(document.parts)), None)
    numbers = () if top is None or top.heading else top.parts
    head = next((part for part in numbers if isinstance(part, KeyNumbers)), None)
    return render_page(
        "document.html.j2",
        style="document.css",
        more_style="filter.css" if filtered else "",
        script=template_text("filter.js") if filtered else "",
        filtered=filtered,
        title=clean(document.title),
        subtitle=clean(document.subtitle or document.subject),
        lead=document.subtitle,
        numbers=head.numbers if head else (),
        related=[one for one in document.related if one.linked],
        groups=tuple(_groups(document, head)),
        # Markup: our own drawings, which escape what they show.
        figures={name: Markup(svg.text) for name, svg in (figures or {}).items()},  # noqa: S704
        clean=clean,
        follow=one_of_ours,
        kind=_kind,
        shown=_shown,
    )


def _kind(value: object) -> str:
    return type(value).__name__.strip("_")


def _shown(cell: Cell) -> str:
    return clean(plain(cell))


def _groups(document: Document, head: KeyNumbers | None) -> Iterator[_Group]:
    names = iter(tables(document))
    anchors: set[str] = set()
    for section in sections(part for part in document.parts if part is not head):
        heading = section.heading.text if section.heading else ""
        yield _Group(
            anchor=_anchor(heading, anchors) if heading else "",
            heading=heading,
            blocks=tuple(_blocks(section.parts, names)),
        )


def _anchor(heading: str, taken: set[str]) -> str:
    """A name for links to a section, unique on the page."""
    base = f"section-{slug(heading)}".rstrip("-")
    anchor, number = base, 2
    while anchor in taken:
        anchor, number = f"{base}-{number}", number + 1
    taken.add(anchor)
    return anchor


def _blocks(parts: Iterable[Part], names: Iterator[str]) -> Iterator[Part | _Bullets | _Named]:
    bullets: list[Sentence] = []
    for part in parts:
        if isinstance(part, Sentence) and part.indent:
            bullets.append(part)
            continue
        if bullets:
            yield _Bullets(sentences=tuple(bullets))
            bullets = []
        if isinstance(part, Table):
            name = next(names)
            if part.rows:
                yield _Named(id=name, table=part)
        else:
            yield part
    if bullets:
        yield _Bullets(sentences=tuple(bullets))
