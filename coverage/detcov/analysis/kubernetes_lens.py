"""Coverage seen through Microsoft's Threat Matrix for Kubernetes."""

from collections.abc import Mapping

from msgspec import Struct

from detcov.analysis.coverage import Coverage
from detcov.attack.kubernetes_matrix import KubernetesMatrix, MatrixTechnique, now
from detcov.attack.release import Release
from detcov.model import RuleIndex, ScopeColumn, Stated


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

    @property
    def mapped(self) -> bool:
        """Whether ATT&CK can tell anything about it."""
        return bool(self.attack)

    @property
    def covered(self) -> bool:
        """A rule that looks at containers claims one of its techniques, or a sub-technique."""
        return bool(self.rules or self.via)


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
    )


def _claims(techniques: list[str], coverage: Coverage) -> set[RuleIndex]:
    found = (coverage.techniques.get(one) for one in techniques)
    return {index for one in found if one is not None for index in one.rules}


def _in_scope(column: Stated) -> bool:
    return ScopeColumn(column.value).in_scope
