"""`detcov compare`: what one source of rules adds to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.output import output_options, put
from detcov.cli.run import RuleCommand, RunOptions, build, run_options
from detcov.errors import UsageError

if TYPE_CHECKING:
    from detcov.analysis.overlap import Overlap
    from detcov.report.overlap import Called, Sides


@click.command(cls=RuleCommand)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@run_options(count="live")
@click.option("--full", is_flag=True, help="As text, too: techniques that B doesn't add.")
@click.option("--title", default="", help="Heading [default: What B adds to A].")
@output_options("text", "markdown", "csv", "json", "html", "layer")
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    first: str,
    second: str,
    full: bool,
    title: str,
    kind: str,
    target: str,
    **options: Any,
) -> None:
    """Say what the rules of B add to those of A, technique by technique.

    Each is a folder or file, label=PATH, or the label of one of the SOURCEs.
    """
    from detcov.report.formats import render_document
    from detcov.report.overlap import overlap_document, overlap_layer

    run = RunOptions(**options)
    found, sides = _compared(run, first, second)
    if kind == "layer":
        data = overlap_layer(found, sides, title=title)
    else:
        terminal = kind == "text"
        document = overlap_document(
            found,
            sides,
            called=_called(sides, kind),
            title=title,
            terminal=terminal,
            full=full or not terminal,
        )
        data = render_document(document, kind, lead=True)
    put(data, kind, target)
    if sides.together.corpus.failures:
        ctx.exit(3)


def _called(sides: Sides, kind: str) -> Called:
    """By their labels where people read; machines get the same words whatever the labels are."""
    from detcov.report.overlap import Called

    if kind == "text":
        return sides.short
    return sides.labels if kind in {"markdown", "html"} else Called()


def _compared(run: RunOptions, first: str, second: str) -> tuple[Overlap, Sides]:
    from detcov.analysis.overlap import overlap
    from detcov.analysis.split import split
    from detcov.errors import SourceError
    from detcov.load.mistaken import no_rules
    from detcov.report.overlap import Sides
    from detcov.source import split_label

    texts = tuple(_source(text, run.sources) for text in (first, second))
    names = [split_label(text)[0] for text in texts]
    if names[0] == names[1]:
        raise UsageError(f"both sides are called {names[0]!r}: name them as label=PATH")
    labelled = tuple(f"{label}={path}" for label, path in map(split_label, texts))
    study = build(structs.replace(run, sources=labelled))
    for name, text in zip(names, texts, strict=True):
        if not any(one.key.source == name for one in study.corpus.rules):
            raise SourceError(no_rules(study.corpus, [split_label(text)[1]], label=name))
    mine, theirs = (one.part() for one in split(study, "source"))
    sides = Sides(
        first=names[0],
        second=names[1],
        rules_of_first=mine.corpus,
        rules_of_second=theirs.corpus,
        together=study,
    )
    return overlap(mine, theirs), sides


def _source(text: str, sources: tuple[str, ...]) -> str:
    """The source whose label a text is, else the text as a source itself."""
    from detcov.source import split_label

    return next((one for one in sources if split_label(one)[0] == text), text)
