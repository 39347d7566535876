"""The numbers of one corpus after another: what stays the same is not counted again.

They are those of a `Study`, of which a trend has one a week and needs a few numbers.
"""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from detcov.analysis.tally import Tallier, Tally
from detcov.model import LEVELS, Corpus, Finding
from detcov.study import Study
from detcov.timeline.looked import FileName, Looked, Resolve, files_of
from detcov.timeline.sharing import Standing


class Numbers(Struct, frozen=True, kw_only=True):
    """The numbers of a corpus."""

    tally: Tally
    findings: Mapping[str, int]
    """How many of each of `LEVELS`"""


class Running:
    """Works numbers out from those of the corpus asked of before."""

    def __init__(self, empty: Study, resolve: Resolve, looked: Looked) -> None:
        self._empty, self._resolve, self._looked = empty, resolve, looked
        self._last: tuple[Corpus, Numbers] | None = None
        self._start(empty.corpus)

    def _start(self, corpus: Corpus) -> None:
        """Begin with no rule, to count those of corpora whose aliases are this one's."""
        self._united = corpus.united
        self._tallier = Tallier(self._empty.coverage)
        self._standing = Standing()
        self._levels = Counter(dict.fromkeys(LEVELS, 0))
        self._of_file: dict[FileName, tuple[Finding, ...]] = {}
        """Files without findings aren't here: most have none"""

    def numbers(self, corpus: Corpus) -> Numbers:
        """The numbers of a corpus whose rules are recognised by identity."""
        if self._last is not None and self._last[0] is corpus:
            return self._last[1]
        if corpus.united != self._united:
            self._start(corpus)
        gone, come = self._standing.change(corpus.rules)
        for rule in gone:
            self._tallier.drop(corpus.identity(rule.key), rule, self._resolve(rule))
        for rule in come:
            self._tallier.add(corpus.identity(rule.key), rule, self._resolve(rule))
        self._look_again({(rule.key.source, rule.path) for rule in (*gone, *come)})
        findings = self._levels.copy()
        findings.update(one.level for one in self._looked.together(corpus))
        numbers = Numbers(tally=self._tallier.tally(), findings=findings)
        self._last = corpus, numbers
        return numbers

    def _look_again(self, names: set[FileName]) -> None:
        """Count the findings of these files anew."""
        inside = (r for r in self._standing.rules.values() if (r.key.source, r.path) in names)
        files = dict.fromkeys(sorted(names), ()) | files_of(inside)
        for name, found in zip(files, self._looked.files(files), strict=True):
            if name in self._of_file:
                self._levels.subtract(one.level for one in self._of_file.pop(name))
            if found:
                self._levels.update(one.level for one in found)
                self._of_file[name] = found
