"""Where what a command says goes: the screen, a file, standard error."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource
from msgspec import structs

from detcov.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from detcov.model import ParseFailure

_F = TypeVar("_F", bound="Callable[..., Any]")
_READ = "detcov.read"
"""In a context's `meta`: the files that a run has read"""
_WITHIN = "detcov.within"
"""In a context's `meta`: where places must lie that nobody named on the command line"""


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
    if kind in {"json", "layer"}:
        from detcov.report.clean import clean_json

        data = clean_json(data)  # changed in nothing but spelling
    if target != "-":
        write_files({Path(target): data}, option="target")
        click.echo(f"Wrote {shown(target)}.")
        return
    sys.stdout.buffer.write(data)


def write_files(files: Mapping[Path, bytes], *, option: str) -> None:
    """Write a command's files, all or none; `option` is the parameter that says where to.

    A place that nobody named on the command line must lie in the repository, and no input of the
    run is replaced: else it is a `UsageError`.
    """
    from detcov.report.clean import clean_json
    from detcov.report.write import write_all

    ctx = click.get_current_context()
    written = {
        path: clean_json(data) if path.name.endswith(".json") else data
        for path, data in files.items()
    }
    write_all(written, within=_bounds(ctx, option), inputs=_inputs(ctx, option))


def note_read(paths: Iterable[str]) -> None:
    """Remember files that this run has read, which it may not write."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None:
        ctx.meta.setdefault(_READ, []).append(paths)


def confine_to(ctx: click.Context, folder: Path) -> None:
    """Have places that nobody named on the command line lie in a folder."""
    ctx.meta[_WITHIN] = folder


def _bounds(ctx: click.Context, option: str) -> Path | None:
    """Return the folder that an option's place must lie in; None where a user named the place."""
    by = ctx.get_parameter_source(option)
    if by not in {ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP}:
        return None
    within: Path | None = ctx.meta.get(_WITHIN)
    return within


def _inputs(ctx: click.Context, option: str) -> Iterator[str]:
    """Give the files that were named for anything but the output, and the rules' own files."""
    from detcov.source import split_label

    for context in (ctx, ctx.find_root()):
        for name, value in context.params.items():
            if name != option:
                for text in map(str, _flat(value)):
                    yield text
                    with suppress(UsageError):
                        yield str(split_label(text)[1])
    for paths in ctx.meta.get(_READ, ()):
        yield from paths


def _flat(value: object) -> Iterator[str | Path]:
    """Give the texts and paths of a parameter."""
    if isinstance(value, str | Path):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _flat(item)


def shown(path: str | Path) -> str:
    """Return a path as a terminal and a CI log may be shown it."""
    from detcov.report.clean import clean
    from detcov.source import printable

    return clean(printable(str(path)))


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
