"""Which rules share something, for many corpora of nearly the same rules."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial

from detcov.check.base import Together
from detcov.model import Corpus, Rule


class Standing:
    """The rules of one corpus after another, recognised by identity."""

    def __init__(self) -> None:
        self.rules: dict[int, Rule] = {}

    def change(self, rules: Iterable[Rule]) -> tuple[list[Rule], list[Rule]]:
        """Let these stand; gives those that stood and are gone, and those that have come."""
        before, now = self.rules, {id(rule): rule for rule in rules}
        self.rules = now
        gone = [before[key] for key in before.keys() - now.keys()]
        return gone, [now[key] for key in now.keys() - before.keys()]


class Sharing:
    """The rules of one corpus after another that share what checks of several rules look for.

    `corpus` is the first; the aliases of the others are the same.
    """

    def __init__(self, checks: Iterable[Together], corpus: Corpus) -> None:
        self.united = corpus.united
        self._standing = Standing()
        self._groups = tuple(_Groups(partial(check.keys, corpus)) for check in checks)

    def among(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """Those of these rules, recognised by identity, that share something with another one."""
        gone, come = self._standing.change(rules)
        members = set[int]()
        for groups in self._groups:
            groups.change(gone, come)
            members |= groups.members()
        return tuple(rule for rule in rules if id(rule) in members)


class _Groups:
    """Rules, by identity, with what they may share."""

    def __init__(self, keys: Callable[[Rule], Iterable[Hashable]]) -> None:
        self._keys = keys
        self._with: defaultdict[Hashable, set[int]] = defaultdict(set)
        self._shared: set[Hashable] = set()

    def change(self, gone: Iterable[Rule], come: Iterable[Rule]) -> None:
        """Let rules go, and others come."""
        for rule in gone:
            for key in self._keys(rule):
                rest = self._with[key]
                rest.discard(id(rule))
                if len(rest) < 2:
                    self._shared.discard(key)
        for rule in come:
            for key in self._keys(rule):
                several = self._with[key]
                several.add(id(rule))
                if len(several) > 1:
                    self._shared.add(key)

    def members(self) -> set[int]:
        """Those that share something with another one."""
        return {one for key in self._shared for one in self._with[key]}
