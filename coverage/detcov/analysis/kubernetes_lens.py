"""Coverage seen through Microsoft's Threat Matrix for Kubernetes."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio
from detcov.attack.kubernetes_matrix import KubernetesMatrix, MatrixTechnique, now
from detcov.attack.release import Release
from detcov.model import RuleIndex, ScopeColumn, Stated


class LensState(StrEnum):
    """What rules see of a technique of the matrix; the first that holds."""

    COVERED = "covered"
    """A counted rule of the control plane or the runtime claims an ATT&CK technique that Microsoft
    names for it"""
    VIA = "via sub-techniques"
    """Such a rule claims a sub-technique of one"""
    NODE = "node only"
    """A counted rule on Linux nodes claims one: it may not know the container"""
    GAP = "gap"
    """No such rule"""
    UNMAPPED = "no ATT&CK technique"
    """Microsoft names none, or the release has none of them any more: rules can't tell"""


class LensRow(Struct, frozen=True, kw_only=True):
    """One technique of the matrix."""

    technique: MatrixTechnique
    attack: tuple[str, ...]
    """Its ATT&CK techniques in the release; empty where Microsoft names none, or it has gone"""
    rules: tuple[RuleIndex, ...]
    """Counted rules of the control plane or the runtime that claim one of them"""
    via: tuple[RuleIndex, ...]
    """Further such rules that claim a sub-technique of one of them"""
    node: tuple[RuleIndex, ...]
    """Counted rules on Linux nodes that claim one of them"""
    attack_covered: tuple[str, ...]
    """Those of `attack` that one of `rules` claims, or of which one claims a sub-technique"""

    @property
    def mapped(self) -> bool:
        """Whether ATT&CK can tell anything about it."""
        return bool(self.attack)

    @property
    def covered(self) -> bool:
        """A rule that looks at containers claims one of its techniques, or a sub-technique."""
        return bool(self.rules or self.via)

    @property
    def state(self) -> LensState:
        """What rules see of it."""
        if not self.mapped:
            return LensState.UNMAPPED
        if self.rules:
            return LensState.COVERED
        if self.via:
            return LensState.VIA
        return LensState.NODE if self.node else LensState.GAP


class Lens(Struct, frozen=True, kw_only=True):
    """Rules seen through the matrix."""

    matrix: KubernetesMatrix
    columns: Mapping[RuleIndex, Stated]
    """Where each rule looks, and why"""
    rows: tuple[LensRow, ...]
    """A technique of the matrix each, by id"""
    containers: Ratio
    """What `detcov gaps --platform Containers` counts of the same rules"""

    @property
    def by_tactic(self) -> Mapping[str, tuple[LensRow, ...]]:
        """The matrix's columns, in its order."""
        return by_tactic(self.matrix, self.rows)


def by_tactic(
    matrix: KubernetesMatrix, rows: Sequence[LensRow]
) -> Mapping[str, tuple[LensRow, ...]]:
    """Rows by the matrix's columns, in its order; a technique of several stands in each."""
    return {
        tactic: tuple(row for row in rows if tactic in row.technique.tactics)
        for tactic in matrix.tactics
    }


class LensSums(Struct, frozen=True, kw_only=True):
    """The matrix, or a column of it, in numbers; techniques that rules can't tell of left out."""

    covered: Ratio
    """By themselves or via sub-techniques"""
    itself: Ratio
    with_node: Ratio
    gaps: int
    unmapped: int
    """Those left out"""


def sum_up(rows: Sequence[LensRow]) -> LensSums:
    """Count these."""
    states = [row.state for row in rows]
    mapped = len(rows) - states.count(LensState.UNMAPPED)
    itself = states.count(LensState.COVERED)
    covered = itself + states.count(LensState.VIA)
    with_node = covered + states.count(LensState.NODE)
    claims = "a rule of the control plane or the runtime claims an ATT&CK technique named for it"
    return LensSums(
        covered=_ratio(covered, mapped, f"{claims}, or a sub-technique of one"),
        itself=_ratio(itself, mapped, claims),
        with_node=_ratio(with_node, mapped, "such a rule, or one on Linux nodes, claims one"),
        gaps=mapped - covered,
        unmapped=len(rows) - mapped,
    )


def distinct(rows: Sequence[LensRow]) -> Ratio:
    """The ATT&CK techniques behind these, each counted once although several rows name it."""
    return Ratio(
        numerator=len({one for row in rows for one in row.attack_covered}),
        denominator=len({one for row in rows for one in row.attack}),
        definition="ATT&CK techniques named in the matrix, each once, that a rule of the control "
        "plane or the runtime claims, or a sub-technique of it",
    )


def _ratio(numerator: int, denominator: int, definition: str) -> Ratio:
    return Ratio(
        numerator=numerator,
        denominator=denominator,
        definition=f"techniques of the matrix of which {definition}",
    )


def look_through(
    matrix: KubernetesMatrix,
    release: Release,
    coverage: Coverage,
    columns: Mapping[RuleIndex, Stated],
) -> tuple[LensRow, ...]:
    """Each technique of the matrix, by id, with the rules that claim what Microsoft maps it to.

    The ATT&CK platform doesn't count here: Microsoft maps entries to techniques that ATT&CK
    doesn't have for Containers (T1090, T1546). `coverage` is that of all platforms.
    """
    return tuple(_row(one, release, coverage, columns) for one in matrix.techniques)


def _row(
    technique: MatrixTechnique,
    release: Release,
    coverage: Coverage,
    columns: Mapping[RuleIndex, Stated],
) -> LensRow:
    attack = [found for named in technique.attack if (found := now(named, release)) is not None]
    children = [child for one in attack for child in release.children.get(one, ())]
    own = _claims(attack, coverage)
    rules = {index for index in own if _in_scope(columns[index])}
    via = {index for index in _claims(children, coverage) if _in_scope(columns[index])}
    node = {index for index in own if columns[index].value == ScopeColumn.NODE}
    return LensRow(
        technique=technique,
        attack=tuple(dict.fromkeys(attack)),
        rules=tuple(sorted(rules)),
        via=tuple(sorted(via - rules)),
        node=tuple(sorted(node)),
        attack_covered=tuple(
            one
            for one in dict.fromkeys(attack)
            if any(
                _in_scope(columns[index])
                for index in _claims([one, *release.children.get(one, ())], coverage)
            )
        ),
    )


def _claims(techniques: list[str], coverage: Coverage) -> set[RuleIndex]:
    found = (coverage.techniques.get(one) for one in techniques)
    return {index for one in found if one is not None for index in one.rules}


def _in_scope(column: Stated) -> bool:
    return ScopeColumn(column.value).in_scope
