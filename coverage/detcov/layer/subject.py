"""What a layer rule looks at: one layer of a file, and what is known about its target."""

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

from msgspec import Struct

from detcov.attack.release import Release
from detcov.layer.finding import Hit, child

Members = dict[str, Any]
"""A JSON object"""


class Subject(Struct, frozen=True, kw_only=True):
    """One layer under the lint. Its values are plain JSON, of whatever type they came in."""

    layer: Members
    pointer: str
    """Of the layer: "" or, in a list of layers, "/0" """
    release: Release | None
    """ATT&CK as the layer should know it; None checks structure only"""
    newest: int | None
    """Newest ATT&CK major version of the target Navigator, where known"""

    def at(self, *steps: str | int) -> str:
        """Point into the layer."""
        pointer = self.pointer
        for step in steps:
            pointer = child(pointer, step)
        return pointer

    def entries(self) -> Iterator[tuple[str, Members]]:
        """Give the technique entries that are objects, with their pointers."""
        techniques = self.layer.get("techniques")
        if isinstance(techniques, list):
            for index, entry in enumerate(techniques):
                if isinstance(entry, dict):
                    yield self.at("techniques", index), entry


Rule = Callable[[Subject], Iterator[Hit]]
"""One subject of the lint: yields what is wrong, never raises, whatever the types"""


def is_number(value: object) -> TypeGuard[float]:
    """Whether JavaScript calls it a number; Python's booleans aren't meant."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_float(value: float) -> float:
    """Give the number as JavaScript holds it, infinite where it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_score(value: object) -> TypeGuard[float]:
    """Whether Navigator keeps it as a score: a number that is finite."""
    return is_number(value) and math.isfinite(as_float(value))


def is_annotated(entry: Members) -> bool:
    """Whether Navigator would draw something for the entry's cell."""
    return (
        is_score(entry.get("score"))
        or any(isinstance(entry.get(key), str) and entry[key] for key in ("color", "comment"))
        or entry.get("enabled") is False
        or any(isinstance(entry.get(key), list) and entry[key] for key in ("metadata", "links"))
    )
