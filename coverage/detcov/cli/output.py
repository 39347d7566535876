"""Where what a command says goes: the screen, a file, standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from detcov.model import ParseFailure

_F = TypeVar("_F", bound="Callable[..., Any]")


def output_options(*forms: str) -> Callable[[_F], _F]:
    """The options --format (as `kind`, the first of `forms` its default) and -o (as `target`)."""

    def decorate(function: _F) -> _F:
        target = click.option(
            "-o",
            "--output",
            "target",
            default="-",
            show_default=True,
            metavar="FILE",
            help='File to write; "-" is standard output.',
        )
        kind = click.option(
            "--format",
            "kind",
            type=click.Choice(forms),
            default=forms[0],
            show_default=True,
            help="Output format.",
        )
        return kind(target(function))

    return decorate


def put(data: bytes, kind: str, target: str = "-") -> None:
    """Write a rendered report to a file, whole or not at all, or to standard output."""
    if target != "-":
        from detcov.report.write import write

        write(Path(target), data)
        click.echo(f"Wrote {click.format_filename(target)}.")
        return
    if kind in {"json", "layer"}:
        from detcov.report.clean import clean_json

        data = clean_json(data)  # changed in nothing but spelling
    sys.stdout.buffer.write(data)


def hush_drawing() -> None:
    """Keep matplotlib from talking of its own folders, where it can't write to them."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def say(text: str) -> None:
    """A line on standard error."""
    from detcov.report.clean import clean

    click.echo(f"detcov: {clean(text)}", err=True)


def tell(
    failures: Iterable[ParseFailure], sources: Sequence[str] = (), *, of: str | None = None
) -> None:
    """Name what couldn't be read, a line each, of these `sources` as their paths lead there.

    `of` is the revision that they are of, where it isn't what lies in the folders.
    """
    from detcov.source import path_shown

    shown = path_shown(sources)
    for failure in failures:
        line = str(structs.replace(failure, path=shown(failure.source, failure.path)))
        say(line if of is None else f"{of}: {line}")
