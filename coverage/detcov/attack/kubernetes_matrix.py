"""Microsoft's Threat Matrix for Kubernetes, as facts: ids, names, tactics, ATT&CK techniques.

Source: microsoft.github.io/Threat-Matrix-for-Kubernetes, CC BY 4.0; no prose of it is here. Each
row was compared with the site as built on the date in the file, from the commit in it. MS-TA9032
is no number of the matrix; MS-TA9042 and later ones are proposals that Microsoft hasn't taken in.
"""

from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from detcov.attack.release import Release

MATRIX_FILE: Final = Path(__file__).parent.parent / "data" / "kubernetes-matrix.json"


class MatrixTechnique(Struct, frozen=True, kw_only=True):
    """One entry of the matrix."""

    id: str
    """MS-TA9001 …"""
    name: str
    tactics: tuple[str, ...]
    """Names of its columns, in the matrix's order"""
    attack: tuple[str, ...]
    """ATT&CK ids that Microsoft names for it; empty where it names none"""


class KubernetesMatrix(Struct, frozen=True, kw_only=True, dict=True):
    """The whole matrix."""

    name: str
    publisher: str
    source: str
    """Address of its site"""
    repository: str
    commit: str
    """Of the repository: the built site that the rows were compared with"""
    date: str
    """Of that commit"""
    licence: str
    """SPDX"""
    tactics: tuple[str, ...]
    techniques: tuple[MatrixTechnique, ...]

    @cached_property
    def by_tactic(self) -> dict[str, tuple[MatrixTechnique, ...]]:
        """Tactic to its techniques, by id."""
        return {
            tactic: tuple(one for one in self.techniques if tactic in one.tactics)
            for tactic in self.tactics
        }

    def attack_in(self, release: Release) -> frozenset[str]:
        """The active techniques of a release that the matrix names."""
        return frozenset(
            found
            for one in self.techniques
            for named in one.attack
            if (found := now(named, release))
        )


def load_kubernetes_matrix() -> KubernetesMatrix:
    """Load the matrix that comes with the package."""
    return msgspec.json.decode(MATRIX_FILE.read_bytes(), type=KubernetesMatrix)


def now(technique_id: str, release: Release) -> str | None:
    """What a technique is called in a release, successors followed; None where it has gone."""
    seen: set[str] = set()
    current: str | None = technique_id
    while current is not None and current not in seen:
        seen.add(current)
        technique = release.techniques.get(current)
        if technique is None or technique.deprecated:
            return None
        if technique.active:
            return current
        current = technique.revoked_by
    return None
