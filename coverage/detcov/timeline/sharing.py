"""Which rules share something, for many corpora of nearly the same rules."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial

from detcov.check.base import Together
from detcov.model import Corpus, Rule


class Sharing:
    """The rules of one corpus after another that share what checks of several rules look for.

    `corpus` is the first; the aliases of the others are the same.
    """

    def __init__(self, checks: Iterable[Together], corpus: Corpus) -> None:
        self.united = corpus.united
        self._rules: dict[int, Rule] = {}
        self._groups = tuple(_Groups(partial(check.keys, corpus)) for check in checks)

    def among(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """Those of these rules, recognised by identity, that share something with another one."""
        before, now = self._rules, {id(rule): rule for rule in rules}
        self._rules = now
        gone = [before[key] for key in before.keys() - now.keys()]
        come = [now[key] for key in now.keys() - before.keys()]
        members = set[int]()
        for groups in self._groups:
            groups.change(gone, come)
            members |= groups.members()
        return tuple(rule for key, rule in now.items() if key in members)


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
