"""The findings of files and of whole corpora, for many corpora of nearly the same rules."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import structs

from detcov.model import Corpus, CountMode, Finding, Resolution, Rule
from detcov.study import Study
from detcov.timeline.sharing import Sharing

FileName = tuple[str, str]
"""Source label and path"""
FileRules = tuple[Rule, ...]
"""A file's rules, in order: checks see them together"""
Resolve = Callable[[Rule], tuple[Resolution, ...]]


class Looked:
    """What checks find under one release; each version of a file is looked at once.

    `empty` is the study of no rules.
    """

    def __init__(self, empty: Study, resolve: Resolve) -> None:
        self._resolver, self._resolve = empty.resolver, resolve
        self._count: CountMode = "all" if empty.coverage.count == "all" else "active"
        self._found: dict[tuple[int, ...], tuple[FileRules, tuple[Finding, ...]]] = {}
        self._sharing: Sharing | None = None

    def files(self, files: Mapping[FileName, FileRules]) -> list[tuple[Finding, ...]]:
        """What the checks of one rule find in each file, in their order."""
        keys = [tuple(map(id, rules)) for rules in files.values()]
        pairs = zip(keys, files.items(), strict=True)
        self._look([item for key, item in pairs if key not in self._found])
        return [self._found[key][1] for key in keys]

    def together(self, corpus: Corpus) -> tuple[Finding, ...]:
        """What the checks of several rules find: they look at rules that share something."""
        from detcov.check import CHECKS, run_checks

        whole = tuple(check for check in CHECKS if check.of_rules is not None)
        if self._sharing is None or self._sharing.united != corpus.united:
            self._sharing = Sharing((one.of_rules for one in whole if one.of_rules), corpus)
        rules = self._sharing.among(corpus.rules)
        some, none = structs.replace(corpus, rules=rules), ((),) * len(rules)
        return run_checks(some, none, self._resolver, self._count, whole)

    def _look(self, files: Sequence[tuple[FileName, FileRules]]) -> None:
        from detcov.check import CHECKS, run_checks

        single = tuple(check for check in CHECKS if check.of_rule is not None)
        corpus = Corpus(rules=tuple(rule for _, rules in files for rule in rules))
        resolutions = tuple(map(self._resolve, corpus.rules))
        at: defaultdict[FileName, list[Finding]] = defaultdict(list)
        for one in run_checks(corpus, resolutions, self._resolver, self._count, single):
            at[one.source, one.path].append(one)
        for name, rules in files:
            self._found[tuple(map(id, rules))] = rules, tuple(at.get(name, ()))


def files_of(rules: Iterable[Rule]) -> dict[FileName, FileRules]:
    """The rules of each file, in their order."""
    found: defaultdict[FileName, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.key.source, rule.path].append(rule)
    return {name: tuple(inside) for name, inside in found.items()}
