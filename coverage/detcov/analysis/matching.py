"""Which rules, techniques and data the facts about an estate mean."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import cache, cached_property

from detcov.attack.detections import Detections, LogSource
from detcov.attack.platforms import no_platform
from detcov.attack.release import Release
from detcov.facts import LONGEST_PATTERN, Fact, is_pattern
from detcov.model import Corpus, RuleIndex


class Matcher:
    """Finds what subjects mean. Case doesn't count; a name that is there beats a glob."""

    def __init__(self, corpus: Corpus, release: Release, detections: Detections | None) -> None:
        self._corpus = corpus
        self._release = release
        self._detections = detections
        self.rules = cache(self._rules)

    def _rules(self, text: str) -> tuple[frozenset[RuleIndex], bool]:
        """The rules of this key, native id, path or name, and whether one is called just so."""
        found, exact = _select(text, self._rule_names)
        return frozenset[RuleIndex]().union(*(self._rule_names[name] for name in found)), exact

    def techniques(self, text: str) -> tuple[frozenset[str], bool]:
        """The active techniques of this id, and whether it is one."""
        if text in self._release.active:
            return frozenset({text}), True
        found, _ = _select(text, {key.casefold(): key for key in self._release.active})
        return frozenset(key.upper() for key in found) & frozenset(self._release.active), False

    def platform(self, text: str) -> str | None:
        """The release's platform of this name."""
        wanted = text.casefold()
        return next((one for one in self._release.platforms if one.casefold() == wanted), None)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Everything that rules of the corpus read, as they name it."""
        return frozenset(name for rule in self._corpus.rules for name in rule.reads)

    @cached_property
    def logs(self) -> frozenset[LogSource]:
        """Every log source that MITRE's analytics read."""
        if self._detections is None:
            return frozenset()
        return frozenset(
            log
            for strategy in self._detections.strategies.values()
            for analytic in strategy.analytics
            for log in analytic.log_sources
        )

    @cached_property
    def components(self) -> frozenset[str]:
        """Every data component that the release names."""
        if self._detections is None:
            return frozenset()
        named = (one for found in self._detections.components.values() for one in found)
        return frozenset(named) | {log.component for log in self.logs if log.component}

    def is_known(self, data: str) -> bool:
        """Whether a rule, a log source or a data component goes by this name."""
        means = DataMatcher(data)
        return (
            any(map(means.name, self.reads))
            or any(map(means.log, self.logs))
            or any(map(means.component, self.components))
        )

    def why_not(self, fact: Fact) -> str | None:
        """Say why a fact is about nothing here; None where it is about something."""
        if fact.rule:
            return None if self.rules(fact.rule)[0] else f"no rule is called {fact.rule!r}"
        if fact.data:
            known = self.is_known(fact.data)
            return None if known else f"no rule and no analytic reads {fact.data!r}"
        found, _ = self.techniques(fact.technique)
        if not found:
            return self._why_no_technique(fact.technique)
        platform = self.platform(fact.platform) if fact.platform else None
        if fact.platform and platform is None:
            return no_platform(self._release, fact.platform)
        if platform and not any(platform in self._release.active[one].platforms for one in found):
            return f"{fact.technique} isn't used on {platform}, says {self._release.title}"
        return None

    def _why_no_technique(self, text: str) -> str:
        gone = self._release.techniques.get(text)
        if gone is None:
            return f"{self._release.title} has no technique {text}"
        successor = f"; use {gone.revoked_by}" if gone.revoked_by else ""
        was = "revoked" if gone.revoked else "deprecated"
        return f"{text} is {was} in {self._release.title}{successor}"

    @cached_property
    def _rule_names(self) -> Mapping[str, set[RuleIndex]]:
        found: defaultdict[str, set[RuleIndex]] = defaultdict(set)
        for rule, index in zip(self._corpus.rules, self._corpus.canonical, strict=True):
            for name in rule.names:
                found[name.casefold()].add(index)
        return found


class DataMatcher:
    """Tells whether data as one fact names it is data as others name it.

    Each answer is 2 for the same name, 1 for a glob or a word of it, 0 for neither.
    """

    def __init__(self, text: str) -> None:
        """Take the data as the fact names it."""
        self._wanted = text.casefold()
        glob = _is_glob(self._wanted)
        self._glob = re.compile(translate(self._wanted)).match if glob else None
        word = rf"(?<![a-z0-9_]){re.escape(self._wanted)}(?![a-z0-9_])"
        self._word = re.compile(word).search

    def name(self, name: str) -> int:
        """As a rule names what it reads: the same, by a glob, or as a word of it.

        "kubernetes" is a word of "logs-kubernetes.audit_logs-*".
        """
        found = self.component(name)
        if not found and self._glob is None:
            folded = name.casefold()
            return int(self._wanted in folded and self._word(folded) is not None)
        return found

    def component(self, name: str) -> int:
        """As MITRE names a data component: the same, or by a glob."""
        folded = name.casefold()
        if folded == self._wanted:
            return 2
        return int(self._glob is not None and self._glob(folded) is not None)

    def log(self, log: LogSource) -> int:
        """As MITRE names a log source, or the data component it belongs to."""
        return max(self.name(log.name), self.component(log.component))


def _select(text: str, names: Iterable[str]) -> tuple[list[str], bool]:
    """The names (folded) that a text means, and whether it is one of them."""
    wanted = text.casefold()
    if wanted in names:
        return [wanted], True
    if not _is_glob(wanted):
        return [], False
    glob, literal = re.compile(translate(wanted)).match, _literal(wanted)
    return [name for name in names if literal in name and glob(name)], False


def _literal(glob: str) -> str:
    """Text that every match contains: looking for it first is twenty times as fast."""
    start, *rest = re.split(r"[*?\[]", glob)
    return max([start, *([] if "[" in glob else rest)], key=len)


def _is_glob(text: str) -> bool:
    """Whether a text is a pattern; a longer one than facts may have is none."""
    return len(text) <= LONGEST_PATTERN and is_pattern(text)
