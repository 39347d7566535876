"""How MITRE would detect a technique: strategies, their analytics and the logs those need."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct


class LogSource(Struct, frozen=True, kw_only=True, order=True):
    """One log an analytic reads, as MITRE writes it ("auditd:SYSCALL", "execve")."""

    name: str
    channel: str = ""
    component: str = ""
    """Name of the data component it belongs to, "" where the bundle names none"""


class Analytic(Struct, frozen=True, kw_only=True):
    """One way to see a technique on some platforms."""

    id: str
    platforms: tuple[str, ...]
    """Sorted"""
    log_sources: tuple[LogSource, ...] = ()
    """In MITRE's order"""
    of_version: str | None = None
    """Release the log sources were taken from where the target's own data has none"""

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the data components of its log sources, sorted."""
        return tuple(sorted({log.component for log in self.log_sources if log.component}))


class Strategy(Struct, frozen=True, kw_only=True):
    """A detection strategy: the analytics for one or more techniques."""

    id: str
    name: str
    techniques: tuple[str, ...]
    """Ids of the active techniques it detects, sorted"""
    analytics: tuple[Analytic, ...]
    """In MITRE's order"""


class Detections(Struct, frozen=True, kw_only=True, dict=True):
    """The detection facts of a release."""

    strategies: Mapping[str, Strategy]
    """By id (DET0219), sorted; those that detect an active technique"""
    components: Mapping[str, tuple[str, ...]]
    """Technique id to the data components a release up to 17.1 says detect it, sorted"""

    @cached_property
    def by_technique(self) -> Mapping[str, tuple[Strategy, ...]]:
        """Technique id to the strategies that detect it, by strategy id."""
        found: dict[str, list[Strategy]] = {}
        for strategy in self.strategies.values():
            for technique in strategy.techniques:
                found.setdefault(technique, []).append(strategy)
        return {technique: tuple(found[technique]) for technique in sorted(found)}

    def analytics(self, technique: str, platform: str | None = None) -> tuple[Analytic, ...]:
        """Return a technique's analytics, on one platform if given; empty where MITRE has none."""
        return tuple(
            analytic
            for strategy in self.by_technique.get(technique, ())
            for analytic in strategy.analytics
            if platform is None or platform in analytic.platforms
        )
