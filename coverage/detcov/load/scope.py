"""The columns that a rule falls into where nothing in it speaks of containers."""

from collections.abc import Iterable

from detcov.model import ScopeColumn, Stated

OTHER = Stated(value=ScopeColumn.OTHER)


def by_platforms(platforms: Iterable[Stated]) -> Stated:
    """Node for a rule that states Linux, with the field that states it; else other."""
    for platform in platforms:
        if platform.value == "Linux":
            return Stated(value=ScopeColumn.NODE, field=platform.field)
    return OTHER
