"""The numbers of one corpus after another: what stays the same is not counted again.

They are those of a `Study`, of which a trend has one a week and needs a few numbers.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial

from msgspec import Struct, structs

from detcov.analysis.tally import Tallier, Tally
from detcov.model import LEVELS, Corpus, Finding, Rule
from detcov.study import Study
from detcov.timeline.looked import FileName, Looked, Resolve, files_of


class Numbers(Struct, frozen=True, kw_only=True):
    """The numbers of a corpus."""

    tally: Tally
    findings: Mapping[str, int]
    """How many of each of `LEVELS`"""


class Running:
    """Works numbers out from those of the corpus asked of before."""

    def __init__(self, empty: Study, resolve: Resolve, looked: Looked) -> None:
        self._empty, self._resolve, self._looked = empty, resolve, looked
        self._start(empty.corpus)

    def _start(self, corpus: Corpus) -> None:
        """Begin with no rule, to count those of corpora whose aliases are this one's."""
        self._united = corpus.united
        self._tallier = Tallier(self._empty.coverage)
        self._rules: dict[int, Rule] = {}
        self._shared: tuple[_Shared, ...] | None = None
        self._levels = Counter(dict.fromkeys(LEVELS, 0))
        self._of_file: dict[FileName, tuple[Finding, ...]] = {}

    def numbers(self, corpus: Corpus) -> Numbers:
        """The numbers of a corpus whose rules are recognised by identity."""
        if corpus.united != self._united:
            self._start(corpus)
        before, now = self._rules, {id(rule): rule for rule in corpus.rules}
        self._rules = now
        gone = [before[key] for key in before.keys() - now.keys()]
        come = [now[key] for key in now.keys() - before.keys()]
        for rule in gone:
            self._tallier.drop(corpus.identity(rule.key), rule, self._resolve(rule))
        for rule in come:
            self._tallier.add(corpus.identity(rule.key), rule, self._resolve(rule))
        self._look_again({(rule.key.source, rule.path) for rule in (*gone, *come)})
        findings = self._levels.copy()
        findings.update(one.level for one in self._together(corpus, gone, come))
        return Numbers(tally=self._tallier.tally(), findings=findings)

    def _look_again(self, names: set[FileName]) -> None:
        """Count the findings of these files anew."""
        inside = (r for r in self._rules.values() if (r.key.source, r.path) in names)
        files = dict.fromkeys(sorted(names), ()) | files_of(inside)
        for name, found in zip(files, self._looked.files(files), strict=True):
            self._levels.subtract(one.level for one in self._of_file.get(name, ()))
            self._levels.update(one.level for one in found)
            self._of_file[name] = found

    def _together(
        self, corpus: Corpus, gone: Iterable[Rule], come: Iterable[Rule]
    ) -> tuple[Finding, ...]:
        """What the checks of several rules find: they look at rules that share something."""
        if self._shared is None:
            from detcov.check import CHECKS

            self._shared = tuple(
                _Shared(partial(check.of_rules.keys, corpus))
                for check in CHECKS
                if check.of_rules is not None
            )
        members = set[int]()
        for one in self._shared:
            one.change(gone, come)
            members |= one.members()
        rules = tuple(rule for key, rule in self._rules.items() if key in members)
        return self._looked.together(structs.replace(corpus, rules=rules))


class _Shared:
    """Rules, by identity, with what they may share."""

    def __init__(self, keys: Callable[[Rule], Iterable[Hashable]]) -> None:
        self._keys = keys
        self._with: dict[Hashable, set[int]] = {}

    def change(self, gone: Iterable[Rule], come: Iterable[Rule]) -> None:
        """Let rules go, and others come."""
        for rule in gone:
            for key in self._keys(rule):
                self._with[key].discard(id(rule))
        for rule in come:
            for key in self._keys(rule):
                self._with.setdefault(key, set()).add(id(rule))

    def members(self) -> set[int]:
        """Those that share something with another one."""
        return {one for several in self._with.values() if len(several) > 1 for one in several}
