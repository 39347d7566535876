"""What to build for a gap: MITRE's analytics for its platform, and the logs that they read."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from detcov.analysis.gaps import Gaps
from detcov.analysis.log_sources import readers_of, said_in
from detcov.analysis.looking import CONTAINERS
from detcov.analysis.stages import any_of
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.facts import Answer
from detcov.model import Counted, RuleIndex

LINUX = "Linux"
"""What a container runs on: its analytics are shown where there are none for Containers"""


class LogNeed(Struct, frozen=True, kw_only=True):
    """One log source that an analytic of the gap reads."""

    name: str
    channels: tuple[str, ...]
    """In MITRE's order"""
    components: tuple[str, ...]
    """Data components, sorted"""
    read: Literal["yes", "no", "unknown"]
    """Whether a counted rule of ours for the platform reads such a source"""
    readers: tuple[RuleIndex, ...]
    """Those rules, sorted"""
    collected: Answer | None = None
    """Whether the facts say that it is collected; None where there are no facts"""

    @property
    def at_hand(self) -> bool:
        """It is collected: facts say so, or a rule reads it and no fact denies it."""
        return self.collected is Answer.YES or (
            self.read == "yes" and self.collected is not Answer.NO
        )


class Need(Struct, frozen=True, kw_only=True):
    """What one gap asks for. Without strategies MITRE has no analytic that fits."""

    technique: str
    platform: str
    """The analytics' platform: the gap's own, or Linux in its place"""
    substitute: bool
    """The analytics are for Linux, as there is none for Containers"""
    strategies: tuple[Strategy, ...]
    analytics: tuple[Analytic, ...]
    logs: tuple[LogNeed, ...]
    """By name"""
    components: tuple[str, ...]
    """Data components that detect it, in releases before analytics (up to 17.1), sorted"""
    of_version: str | None
    """Release the log sources were taken from, where the target's own data has none"""

    @property
    def at_hand(self) -> bool:
        """Whether a log that detects the technique is collected."""
        return any(log.at_hand for log in self.logs)


class Collector:
    """Answers what to build for the gaps of one platform."""

    def __init__(
        self,
        gaps: Gaps,
        counted: Counted,
        detections: Detections,
        collected: Callable[[LogSource], Answer] | None = None,
    ) -> None:
        """`collected` says whether a log source is collected, where facts tell."""
        self._platform, self._detections = gaps.platform, detections
        self._collected = collected
        wanted = {gaps.platform, LINUX} if gaps.platform == CONTAINERS else {gaps.platform}
        self._rules_of: dict[str, list[RuleIndex]] = {}
        for index, column in gaps.reasons.items():
            if column.value in gaps.closes or not wanted.isdisjoint(counted.platforms[index]):
                for said in {said for read in counted.reads[index] for said in said_in(read)}:
                    self._rules_of.setdefault(said, []).append(index)
        self._readers: dict[str, tuple[RuleIndex, ...] | None] = {}

    def need(self, technique: str) -> Need:
        """What to build for a technique."""
        platform = self._platform
        analytics = self._detections.analytics(technique, platform)
        if not analytics and platform == CONTAINERS:
            platform = LINUX
            analytics = self._detections.analytics(technique, platform)
        return Need(
            technique=technique,
            platform=platform,
            substitute=bool(analytics) and platform != self._platform,
            strategies=tuple(
                one
                for one in self._detections.by_technique.get(technique, ())
                if any(analytic in analytics for analytic in one.analytics)
            ),
            analytics=analytics,
            logs=tuple(self._logs(analytics)),
            components=() if analytics else self._detections.components.get(technique, ()),
            of_version=next((one.of_version for one in analytics if one.of_version), None),
        )

    def _logs(self, analytics: Iterable[Analytic]) -> Iterable[LogNeed]:
        channels: dict[str, dict[str, None]] = {}
        components: dict[str, set[str]] = {}
        answers: dict[str, list[Answer]] = {}
        for log in (log for one in analytics for log in one.log_sources):
            name = log.name.strip()
            if self._collected is not None:
                answers.setdefault(name, []).append(self._collected(log))
            channels.setdefault(name, {}).update({log.channel: None} if log.channel else {})
            components.setdefault(name, set()).update({log.component} - {""})
        for name in sorted(channels, key=lambda name: (name.lower(), name)):
            readers = self._read_by(name)
            yield LogNeed(
                name=name,
                channels=tuple(channels[name]),
                components=tuple(sorted(components[name])),
                read="unknown" if readers is None else "yes" if readers else "no",
                readers=readers or (),
                collected=any_of(answers[name]) if name in answers else None,
            )

    def _read_by(self, name: str) -> tuple[RuleIndex, ...] | None:
        if name not in self._readers:
            patterns = readers_of(name)
            self._readers[name] = None if patterns is None else self._rules(patterns)
        return self._readers[name]

    def _rules(self, patterns: tuple[str, ...]) -> tuple[RuleIndex, ...]:
        found = (
            rules
            for read, rules in self._rules_of.items()
            if any(fnmatchcase(read, pattern) for pattern in patterns)
        )
        return tuple(sorted({index for rules in found for index in rules}))
