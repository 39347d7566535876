"""What is wrong with a mapping or a rule."""

from enum import StrEnum

from msgspec import Struct

from detcov.model.rule import Place


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVELS = ("error", "warning", "note", "drift")
"""How findings are summed, from the gravest on"""


class Finding(Struct, frozen=True, kw_only=True):
    """One defect of one mapping or rule."""

    code: str
    name: str
    severity: Severity
    message: str
    source: str
    path: str
    place: Place
    rule_id: str
    rule_name: str
    drift: bool = False
    """Right in the release the mapping was written for, outdated in the target"""
    fix: str | None = None
    subject: str | None = None
    """The id, tactic or tag it is about"""
    need_person: int = 0
    """How many of the mappings that the ledger says need a person it tells of"""
    candidates: tuple[str, ...] = ()
    """The tactics' ids that the person may choose from"""

    @property
    def level(self) -> str:
        """One of `LEVELS`: its severity, drift apart."""
        return "drift" if self.drift else self.severity.value
