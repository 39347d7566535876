"""A Study in slices: by source, format, severity, tag, platform or tactic."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Literal

from msgspec import Struct, structs

from detcov.analysis.change import Seen
from detcov.analysis.coverage import Coverage
from detcov.analysis.measure import measure
from detcov.attack.release import Release, Tactic
from detcov.model import SEVERITIES, Corpus, CountMode, Resolution, Rule

Dimension = Literal["source", "format", "severity", "tag", "platform", "tactic"]
UNSTATED: Final = "unstated"
"""What rules are called that don't say"""


class Part(Struct, frozen=True, kw_only=True):
    """The rules of a slice, and what they cover."""

    corpus: Corpus
    resolutions: tuple[tuple[Resolution, ...], ...]
    coverage: Coverage


class Slice(Struct, frozen=True, kw_only=True):
    """One value of a dimension. There may be hundreds: each is worked out when asked for."""

    value: str
    """A label, a tag, a platform, a tactic's name …"""
    part: Callable[[], Part]


_BY_RULE: Final[Mapping[Dimension, Callable[[Rule], Sequence[str]]]] = {
    "source": lambda rule: (rule.key.source,),
    "format": lambda rule: (rule.key.format,),
    "severity": lambda rule: (rule.severity or UNSTATED,),
    "tag": lambda rule: rule.tags,
}


def split(study: Seen, by: Dimension) -> tuple[Slice, ...]:
    """The slices, in the order in which one looks for them.

    By rule's own words: the rules that count and say so; a rule of several tags is in several
    slices, one without any in none. By platform: as a report of that platform alone, and the
    rules that state none. By tactic: all rules, in that column of the matrix.
    """
    match by:
        case "platform":
            return tuple(_by_platform(study))
        case "tactic":
            return tuple(_by_tactic(study))
        case _:
            return tuple(_by_rule(study, by))


def _by_rule(study: Seen, by: Dimension) -> Iterator[Slice]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    if by == "source":
        found.update({label: [] for label in study.corpus.sources})
    counts = study.coverage.count
    for position, rule in enumerate(study.corpus.rules):
        if rule.counts(counts):
            for value in dict.fromkeys(_BY_RULE[by](rule)):
                found[value].append(position)
    for value in _ordered(found, by):
        yield Slice(value=value, part=partial(_some, study, found[value]))


def _ordered(values: Mapping[str, object], by: Dimension) -> Sequence[str]:
    if by == "source":
        return tuple(values)
    order = (*SEVERITIES, UNSTATED) if by == "severity" else ()
    return sorted(values, key=lambda one: (order.index(one) if one in order else -1, one))


def _by_platform(study: Seen) -> Iterator[Slice]:
    rules, scope, count = study.corpus.rules, study.coverage.platforms, study.coverage.count
    stated = study.corpus.counted(count).platforms
    for platform in scope or study.release.platforms:
        yield Slice(value=platform, part=partial(_all, study, study.release, (platform,)))
    unstated = [
        position
        for position, index in enumerate(study.corpus.canonical)
        if rules[position].counts(count) and not stated[index]
    ]
    if unstated and not scope:
        yield Slice(value=UNSTATED, part=partial(_some, study, unstated))


def _by_tactic(study: Seen) -> Iterator[Slice]:
    for tactic in study.release.tactics:
        column = _column(study.release, tactic)
        yield Slice(value=tactic.name, part=partial(_all, study, column, study.coverage.platforms))


def _column(release: Release, tactic: Tactic) -> Release:
    """The release as if it had this tactic alone."""
    return structs.replace(
        release,
        tactics=(tactic,),
        techniques={
            key: structs.replace(one, tactics=(tactic.shortname,))
            for key, one in release.techniques.items()
            if tactic.shortname in one.tactics
        },
    )


def _all(study: Seen, release: Release, platforms: tuple[str, ...]) -> Part:
    """All rules, seen under a part of the matrix."""
    return _part(study.corpus, study.resolutions, release, study.coverage.count, platforms)


def _some(study: Seen, positions: Sequence[int]) -> Part:
    """Some rules, seen as all are."""
    rules = tuple([study.corpus.rules[at] for at in positions])
    labels = {rule.key.source for rule in rules}
    corpus = structs.replace(
        study.corpus,
        rules=rules,
        failures=(),
        sources=tuple(label for label in study.corpus.sources if label in labels),
    )
    resolutions = tuple([study.resolutions[at] for at in positions])
    coverage = study.coverage
    return _part(corpus, resolutions, study.release, coverage.count, coverage.platforms)


def _part(
    corpus: Corpus,
    resolutions: tuple[tuple[Resolution, ...], ...],
    release: Release,
    count: CountMode,
    platforms: tuple[str, ...],
) -> Part:
    coverage = measure(release, corpus, resolutions, count=count, platforms=platforms)
    return Part(corpus=corpus, resolutions=resolutions, coverage=coverage)
