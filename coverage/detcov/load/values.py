"""Values of a parsed tree that should be text, lists of text or tables, and may be anything."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from detcov.load.lines import Path
from detcov.model import Defect, Place


class Placed(Protocol):
    """A file that tells where the nodes of its trees stand: YAML and JSON."""

    def at(self, at: Path, value: Any = None) -> Place:
        """Where a node stands."""
        ...

    def items(self, at: Path, values: Sequence[Any]) -> list[Place]:
        """Where the scalars of a list stand."""
        ...


def text(value: Any) -> str:
    """A text; "" for anything else."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or the one that stands in its place."""
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str))


def table(value: Any) -> dict[Any, Any]:
    """A table; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Iterator[tuple[int, dict[Any, Any]]]:
    """The tables of a list, each with its position."""
    for at, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield at, item


def scalar(value: Any) -> str:
    """A scalar as it is written in YAML and JSON; "" for null, lists and tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def located(file: Placed, at: Path, value: Any) -> list[tuple[Any, Place]]:
    """The values of a node that may be a list, a single one, or null, each with its place."""
    if isinstance(value, list):
        return list(zip(value, file.items(at, value), strict=True)) if value else []
    return [] if value is None else [(value, file.at(at, value))]


def placed_texts(
    file: Placed, at: Path, value: Any
) -> tuple[list[tuple[str, Place]], list[Defect]]:
    """The texts of a list (or the one in its place) with their places; what is none is a defect."""
    found: list[tuple[str, Place]] = []
    defects: list[Defect] = []
    for item, place in located(file, at, value):
        if isinstance(item, str):
            found.append((item, place))
        else:
            defects.append(not_text(item, place))
    return found, defects


def not_text(value: Any, place: Place) -> Defect:
    """What is wrong with a value that should be a text."""
    shown = scalar(value) or ("null" if value is None else "a list or table")
    return Defect(kind="not-text", subject=shown, place=place)
