"""Suricata's rule files to signatures: one a line, with the places of their options.

Format: Suricata's `.rules` files. A signature is an action, a header and options in brackets; a
backslash at a line's end joins the next one. A signature behind `#` is there, and disabled.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from detcov.load.lines import Lines, without_bom
from detcov.load.parsed import ParseError
from detcov.model import Place

_ACTIONS: Final = (
    "alert|pass|drop|sdrop|reject|rejectsrc|rejectdst|rejectboth|config|log|block|accept"
)
_HEAD: Final = re.compile(
    rf"[ \t]*(?P<off>\#[\#\s]*)?(?P<action>{_ACTIONS})(?P<scope>:[\w,]+)?[ \t]+"
    r"(?P<protocol>[\w.-]+)(?::[<>=\w-]+)?[^(]*\("
)
"""Suricata 8's firewall rules have a scope ("accept:hook,alert") and a state ("http1:<headers")"""
_OPTION: Final = re.compile(
    r"""(?:\s|\\\r?\n)*+(?P<key>[\w.-]++)[ \t]*+
    (?::(?P<value>(?:"(?:[^"\\]|\\.)*+"|[^;"\\]++|\\.)*+))?;""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_END: Final = re.compile(r"(?:\s|\\\r?\n)*+\)")
_LINE: Final = re.compile(r"(?:[^\n\\]++|\\\r?\n|\\)++")
_JOIN: Final = re.compile(r"\\\r?\n")
_STARTS: Final = re.compile(rf"^[ \t]*(?:\#[# \t]*)?(?:{_ACTIONS})[ \t:]", re.MULTILINE)
_MAX_BROKEN: Final = 20
"""Bad lines of one file that are told one by one"""
_WHAT: Final = "not a Suricata rule"


class Option(Struct, frozen=True, kw_only=True):
    """One option: its value as written, blanks where lines are joined, and where it begins."""

    key: str
    value: str
    start: int


class Signature(Struct, frozen=True, kw_only=True):
    """One signature."""

    action: str
    scope: str
    """What stands behind the action, of a firewall rule: ":hook", ":flow,alert\""""
    protocol: str
    enabled: bool
    start: int
    options: tuple[Option, ...]

    @property
    def id(self) -> str:
        """`gid:sid`, with 1 for a missing gid."""
        values: dict[str, str] = {}
        for one in self.options:
            values.setdefault(one.key, one.value.strip())
        return f"{values.get('gid') or '1'}:{values['sid']}"


class SuricataFile:
    """A file of signatures, parsed once for all formats."""

    def __init__(self, text: str) -> None:
        self.text = without_bom(text)
        self.signatures: list[Signature] = []
        broken: list[ParseError] = []
        more = 0
        self._next = 0
        while (line := _LINE.search(self.text, self._next)) is not None:
            self._next = line.end()
            told = len(broken) == _MAX_BROKEN
            if told and _is_none(line[0]):
                more += 1
                continue
            try:
                self.signatures += self._line(line.start(), line.end())
            except ParseError as error:
                more += told
                broken += [] if told else [error]
        if more:
            broken.append(ParseError(f"{_WHAT}: {more:,} more lines without a signature"))
        self.broken = tuple(broken)
        """Lines that are neither a signature nor a comment"""

    @cached_property
    def lines(self) -> Lines:
        """Line and column of offsets into the text."""
        return Lines(self.text)

    def check(self) -> None:
        """As `SyntaxFile.check`: there is nothing to refuse."""

    def place(self, start: int, value: str) -> Place:
        """Return the place of a part of an option's value: its line only, where lines are joined.

        A backslash at a line's end joins it to the next; in a value both stand as blanks.
        """
        end = start + len(value)
        exact = self.text[start:end] == value
        return self.lines.place(start, end) if exact else self.lines.line(start)

    def _line(self, start: int, end: int) -> Iterator[Signature]:
        head = _HEAD.match(self.text, start, end)
        if head is None:
            written = self.text[start:end].strip()
            if written and not written.startswith("#"):
                raise self._error("no signature", start)
            return
        at = head.end()
        options: list[Option] = []
        while (found := _OPTION.match(self.text, at, end)) is not None:
            value_at = found.start("value") if found["value"] is not None else found.end("key")
            value = _JOIN.sub(_blanks, found["value"] or "")
            options.append(Option(key=found["key"], value=value, start=value_at))
            at = found.end()
        off = head["off"] is not None
        closed = _END.match(self.text, at, end) is not None
        if closed and any(one.key == "sid" for one in options):
            yield Signature(
                action=head["action"],
                scope=head["scope"] or "",
                protocol=head["protocol"],
                enabled=not off,
                start=start,
                options=tuple(options),
            )
        elif closed and not off:
            raise self._error("no sid", start)
        elif not off:
            raise self._open(start, at, end)

    def _open(self, start: int, at: int, end: int) -> ParseError:
        """Why a signature isn't closed; one that is closed below is passed over, and told once."""
        following = _STARTS.search(self.text, end)
        last = following.start() if following is not None else len(self.text)
        inner = at
        while (found := _OPTION.match(self.text, inner, last)) is not None:
            inner = found.end()
        closed = _END.match(self.text, inner, last)
        if closed is None:
            return self._error("an option isn't closed", at)
        self._next = closed.end()
        return self._error("lines of one signature, without the backslash at their ends", start)

    def _error(self, what: str, at: int) -> ParseError:
        return ParseError(f"{_WHAT}: {what}", self.lines.place(at, at))


def _blanks(join: re.Match[str]) -> str:
    return " " * len(join[0])


def _is_none(line: str) -> bool:
    """Whether a line is no signature at all, and no comment."""
    return _HEAD.match(line) is None and not line.lstrip().startswith("#") and bool(line.strip())


def read(text: str) -> SuricataFile:
    """The file of a text; what is no signature is among `broken`."""
    return SuricataFile(text)
