"""Where a command's report goes: the screen, or a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

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


def put(data: bytes, kind: str, target: str) -> None:
    """Write a rendered report to a file, whole or not at all, or to standard output."""
    if target != "-":
        from detcov.report.write import write

        write(Path(target), data)
        click.echo(f"Wrote {click.format_filename(target)}.")
    elif kind in {"json", "layer"}:
        from detcov.cli.run import print_json

        print_json(data)
    else:
        sys.stdout.buffer.write(data)
