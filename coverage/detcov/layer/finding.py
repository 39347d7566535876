"""What the lint of a layer finds: one value a defect, with what Navigator makes of it."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from detcov.model import Severity


class Outcome(StrEnum):
    """What Navigator does about a defect; it validates nothing itself."""

    REFUSED = "refused"
    """An alert or a console error; no layer opens"""
    BLANK = "blank"
    """A tab with an empty matrix, and no message"""
    DROPPED = "dropped"
    """The field or entry is ignored; at most the console says so"""
    SILENT = "silent"
    """Nothing is said, and what is shown isn't what the file means"""
    DIALOG = "dialog"
    """The layer opens after a question or warning"""
    HARMLESS = "harmless"
    """Navigator copes; worth knowing"""
    STRICT = "strict"
    """Navigator copes; mitreattack-python doesn't"""


SEVERITY_OF: Final = {
    Outcome.REFUSED: Severity.ERROR,
    Outcome.BLANK: Severity.ERROR,
    Outcome.DROPPED: Severity.ERROR,
    Outcome.SILENT: Severity.WARNING,
    Outcome.DIALOG: Severity.WARNING,
    Outcome.HARMLESS: Severity.NOTE,
    Outcome.STRICT: Severity.NOTE,
}


class Check(Struct, frozen=True, kw_only=True):
    """One thing the lint looks for; the documentation is made from these."""

    code: str
    name: str
    outcome: Outcome
    summary: str
    """The defect, for the list of codes"""
    effect: str
    """What follows from it; ends the message of a finding"""
    rated: Severity | None = None
    """Where the outcome alone would rate it wrongly"""
    needs_attack: bool = False
    """Found only with the layer's ATT&CK release at hand"""

    @property
    def severity(self) -> Severity:
        """How bad it is: by its outcome, unless rated otherwise."""
        return self.rated or SEVERITY_OF[self.outcome]


class LayerFinding(Struct, frozen=True, kw_only=True):
    """One defect of a layer file. `line` and `column` are 1-based, in code points."""

    code: str
    name: str
    severity: Severity
    outcome: Outcome
    message: str
    """Free of control characters"""
    pointer: str
    """RFC 6901, into the file's JSON; of a missing field, its object's. "" is the whole file"""
    line: int = 1
    column: int = 1


class Hit(Struct, frozen=True, kw_only=True):
    """A check that struck, where, and the words for it. Becomes a finding once it has a line."""

    code: str
    pointer: str
    detail: str
    offset: int | None = None
    """Into the text, where the pointer alone doesn't say"""
    effect: str | None = None
    """What follows in this case, where the check's own words cover several"""


def hit(code: str, pointer: str, detail: str) -> Hit:
    """Make a `Hit`, written short: the checks make many."""
    return Hit(code=code, pointer=pointer, detail=detail)


def child(pointer: str, key: str | int) -> str:
    """Go one step further; surrogates, which no output could encode, are replaced."""
    step = str(key).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{step.encode('utf-8', 'replace').decode('utf-8')}"


SHOWN_LENGTH: Final = 40
MANY_DIGITS: Final = 10**21


def printable(text: str) -> str:
    """Put the text on one line that no terminal acts on: what isn't printable is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shown(value: object) -> str:
    """Show a JSON value in a message: short, on one line, nothing a terminal acts on."""
    if isinstance(value, str):
        cut = value if len(value) <= SHOWN_LENGTH else value[:SHOWN_LENGTH] + "…"
        return f'"{printable(cut)}"'
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value) if abs(value) < MANY_DIGITS else "a huge number"
    return "a list" if isinstance(value, list) else "an object"
