"""The places of a rule that lies in several."""

from collections.abc import Sequence
from typing import Final

from detcov.model import Rule
from detcov.report.document import Cell, Code, Column, Many

ALSO_IN: Final = Column(name="also in", id="other_places")


def also_in(places: Sequence[Rule]) -> Cell:
    """A cell with the places beside the first."""
    others = tuple(Code(text=place(rule)) for rule in places[1:])
    return Many(cells=others) if others else None


def place(rule: Rule) -> str:
    """A rule's source and path."""
    return f"{rule.key.source}: {rule.path}"
