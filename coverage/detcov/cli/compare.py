"""`detcov compare`: what one source of rules adds to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from detcov.cli.output import output_options, put
from detcov.cli.run import RunOptions, run_options
from detcov.errors import UsageError

if TYPE_CHECKING:
    from detcov.analysis.overlap import Overlap
    from detcov.model import Corpus
    from detcov.report.overlap import Sides


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@run_options(count="live")
@click.option("--title", default="What B adds to A", show_default=True, help="Heading.")
@output_options("text", "markdown", "csv", "json", "html", "layer")
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    first: str,
    second: str,
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
        data = render_document(
            overlap_document(found, sides, title=title, full=kind != "text"), kind
        )
    put(data, kind, target)
    if sides.together.corpus.failures:
        ctx.exit(3)


def _compared(run: RunOptions, first: str, second: str) -> tuple[Overlap, Sides]:
    from detcov.analysis.overlap import overlap
    from detcov.cli.history import release_of, studies
    from detcov.report.overlap import Sides
    from detcov.source import split_label

    texts = tuple(_source(text, run.sources) for text in (first, second))
    names = [split_label(text)[0] for text in texts]
    if names[0] == names[1]:
        raise UsageError(f"both sides are called {names[0]!r}: name them as label=PATH")
    whole, (mine, theirs) = _read(structs.replace(run, sources=texts), names)
    make, release = studies(run), release_of(run, run.attack)
    seen = make.study(mine, release), make.study(theirs, release)
    sides = Sides(
        first=names[0],
        second=names[1],
        rules_of_first=mine,
        rules_of_second=theirs,
        together=make.study(whole, release),
    )
    return overlap(*seen), sides


def _source(text: str, sources: tuple[str, ...]) -> str:
    """The source whose label a text is, else the text as a source itself."""
    from detcov.source import split_label

    return next((one for one in sources if split_label(one)[0] == text), text)


def _read(run: RunOptions, names: list[str]) -> tuple[Corpus, tuple[Corpus, ...]]:
    """All rules, and those of each side. Says which files couldn't be read."""
    from detcov import api
    from detcov.analysis.overlap import only_of
    from detcov.cli.history import tell
    from detcov.errors import SourceError

    whole = api.read_rules(*run.sources, cache_dir=run.folder, max_bytes=run.max_bytes)
    tell(whole.failures)
    sides = tuple(only_of(whole, name) for name in names)
    for side, name in zip(sides, names, strict=True):
        if not side.rules and not side.failures:
            raise SourceError(f"{name}: no rules found")
    return whole, sides
