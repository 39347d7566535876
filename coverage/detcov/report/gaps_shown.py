"""What layer and picture of gaps show: each technique of one or several platforms in one state."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from detcov.analysis.gap_study import GapStudy
from detcov.analysis.gaps import TechniqueGaps
from detcov.analysis.rank import RankedGap
from detcov.attack.release import Technique
from detcov.errors import UsageError


class GapState(StrEnum):
    """How a technique is drawn. The first that holds, over all platforms shown."""

    ACCEPTED = "accepted"
    """A gap that somebody accepts, on each platform of it that is shown"""
    COVERED = "covered"
    """A rule looks at each platform of it that is shown, but where the gap is accepted"""
    PARTLY = "partly"
    """Covered on some of its platforms shown, a gap on others"""
    VIA = "via"
    """A gap; some of its sub-techniques are covered"""
    NODE = "node"
    """A gap that rules on Linux nodes claim"""
    GAP = "gap"


class ShownTechnique(Struct, frozen=True, kw_only=True):
    """One technique, over the platforms shown."""

    technique: Technique
    state: GapState
    rules: int
    """Distinct rules that close it on one of the platforms"""
    by_platform: Mapping[str, TechniqueGaps]
    ranked: Mapping[str, RankedGap]
    """By platform, where it is a gap"""


def shown_techniques(found: Sequence[GapStudy]) -> dict[str, ShownTechnique]:
    """By id, sorted. Raises `UsageError` where there is no technique to draw."""
    by_technique: dict[str, dict[str, TechniqueGaps]] = {}
    ranked: dict[str, dict[str, RankedGap]] = {}
    for study in found:
        for identity, one in study.gaps.techniques.items():
            by_technique.setdefault(identity, {})[study.gaps.platform] = one
        for gap in study.ranked:
            ranked.setdefault(gap.gap.technique.id, {})[study.gaps.platform] = gap
    if not by_technique:
        platforms = ", ".join(study.gaps.platform for study in found)
        raise UsageError(f"nothing to draw: no technique of {platforms} is among those asked for")
    return {
        identity: _shown(by_technique[identity], ranked.get(identity, {}))
        for identity in sorted(by_technique)
    }


def _shown(by_platform: dict[str, TechniqueGaps], ranked: dict[str, RankedGap]) -> ShownTechnique:
    rows = tuple(by_platform.values())
    return ShownTechnique(
        technique=rows[0].technique,
        state=_state(rows),
        rules=len({index for one in rows for index in one.closing}),
        by_platform=by_platform,
        ranked=ranked,
    )


def _state(rows: tuple[TechniqueGaps, ...]) -> GapState:
    rows = tuple(one for one in rows if not one.accepted)
    if not rows:
        return GapState.ACCEPTED
    gaps = [one for one in rows if one.gap]
    if not gaps:
        return GapState.COVERED
    if len(gaps) < len(rows):
        return GapState.PARTLY
    if any(one.subtechniques_covered for one in gaps):
        return GapState.VIA
    return GapState.NODE if any(one.node_only for one in gaps) else GapState.GAP
