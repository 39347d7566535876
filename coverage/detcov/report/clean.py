"""Makes text from a rule harmless where it is shown."""

import re
from functools import cache

# C0, DEL, C1, surrogates; what changes the direction of text or isn't seen (Unicode's
# Default_Ignorable_Code_Point, but the variation selectors that emoji have); what XML forbids.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What makes a CI runner obey a line it is shown: GitHub's runner takes "##[command]" anywhere and
# "::command::" at a line's start (actions/runner, ActionCommand.cs), Azure's "##vso[command]".
_COMMAND = re.compile(r"#(?=#(?:vso)?\[)", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_AFTER_SEMICOLON = re.compile(r"(?<=;)(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def clean(text: str) -> str:
    """One line without control characters or a CI runner's commands; each shows as its escape."""
    if text.isascii() and text.isprintable():
        shown = text
    else:
        shown = _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
    return _COMMAND.sub(r"\\x23", shown) if "##" in shown else shown


def clean_json(data: bytes) -> bytes:
    """The same JSON, spelled so that no terminal and no CI runner obeys it."""
    # Control characters of ASCII are escapes in JSON anyway, and # stands in strings only.
    shown = data.replace(b"##", rb"#\u0023")
    if shown.isascii() and b"\x7f" not in shown:  # DEL, which JSON doesn't escape
        return shown
    return _unseen_in_json().sub(_json_escape, shown.decode("utf-8")).encode("utf-8")


@cache
def _unseen_in_json() -> re.Pattern[str]:
    return re.compile(_UNSEEN.pattern.replace("\x00-\x1f", ""))


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def inert(line: str) -> str:
    """A line of cleaned text that no CI runner takes for a command."""
    if not line.lstrip().startswith("::"):
        return line
    return line.replace("::", r"\x3a:", 1)


def csv_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: those get an apostrophe in front.

    Source: OWASP, "CSV Injection". Some trim a cell before they look. Where the comma is the
    decimal sign, spreadsheets split at semicolons, so what follows one is seen as a cell as well.
    """
    shown = _AFTER_SEMICOLON.sub("'", clean(text))
    begins = text.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA)
    return f"'{shown}" if begins else shown


def one_of_ours(url: str) -> bool:
    """Whether a link may be followed: http or https only."""
    return url.lower().startswith(("https://", "http://"))
