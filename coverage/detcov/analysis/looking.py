"""Which rules look at a platform, and in which of its columns each of them is."""

from __future__ import annotations

from collections.abc import Mapping

from detcov.attack.platforms import NO_PLATFORM
from detcov.attack.release import Technique
from detcov.model import Counted, RuleIndex, ScopeColumn, Stated

CONTAINERS = "Containers"
"""The platform whose columns say where a rule looks"""
ALL = ""
"""In place of a platform, where all are in scope"""
OF_PLATFORM = "of the platform"
ANY = "any rule"
UNSTATED = "unstated"
ELSEWHERE = "elsewhere"

Rules = tuple[RuleIndex, ...]


def of_platform(technique: Technique, platform: str) -> bool:
    """Whether a technique is of a platform; where ATT&CK names none, of `NO_PLATFORM`."""
    return platform in (technique.platforms or (NO_PLATFORM,))


class Looking:
    """Of the rules that count, which look at one platform."""

    def __init__(
        self, platform: str, counted: Counted, columns: Mapping[RuleIndex, Stated]
    ) -> None:
        """`columns` are those of `analysis.scope`, which decide for Containers."""
        self.platform, self._counted, self._columns = platform, counted, columns
        self._every = platform in {ALL, NO_PLATFORM}
        self.for_containers = platform == CONTAINERS
        self.names: tuple[str, ...] = (OF_PLATFORM, UNSTATED, ELSEWHERE)
        self.closes = frozenset({OF_PLATFORM})
        """Of the columns' names those whose rules look at it"""
        if self._every:
            self.names, self.closes = (ANY,), frozenset({ANY})
        if self.for_containers:
            self.names = tuple(column.value for column in ScopeColumn)
            self.closes = frozenset(column.value for column in ScopeColumn if column.in_scope)

    def looks(self, index: RuleIndex) -> bool:
        """Whether a rule looks at the platform, and so closes a gap there."""
        if self.for_containers:
            return self._columns[index].value in self.closes
        return self._every or self.platform in self._counted.platforms[index]

    def column(self, index: RuleIndex) -> Stated:
        """The column that a rule is in, with the field that says so."""
        if self.for_containers:
            return self._columns[index]
        if self._every:
            return Stated(value=ANY)
        if self.looks(index):
            field = self._counted.platform_fields(index)[self.platform]
            return Stated(value=OF_PLATFORM, field=field)
        return Stated(value=ELSEWHERE if self._counted.platforms[index] else UNSTATED)
