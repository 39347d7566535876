"""How a point in a history is named: a span back from now, a date, or a revision of git."""

import re
from datetime import UTC, date, datetime, time

from msgspec import Struct

_SPAN = re.compile(r"(\d{1,4})([dw])", re.ASCII)
_DAYS = {"d": 1, "w": 7}
DAY = 86_400
"""Seconds"""
_LAST_SECOND = time(23, 59, 59)
_FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


class Commit(Struct, frozen=True, kw_only=True):
    """One commit of git."""

    sha: str
    time: int
    """When it was committed, in seconds since 1970"""
    summary: str = ""
    """The first line of its message, as written"""

    @property
    def short(self) -> str:
        """Enough of the hash for a person."""
        return self.sha[:10]

    @property
    def day(self) -> str:
        """Its date in UTC, such as "2026-05-04"."""
        return day_of(self.time)

    def __str__(self) -> str:
        return f"{self.short} ({self.day})"


def day_of(seconds: int) -> str:
    """The date in UTC of seconds since 1970; the calendar's first or last where it has none."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST), UTC).date().isoformat()


def end_of_day(day: str) -> int | None:
    """The last second, in UTC, of a day written as 2026-05-04; None for anything else."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    if found.isoformat() != day:
        return None
    return int(datetime.combine(found, _LAST_SECOND, UTC).timestamp())


def moment(text: str, now: int) -> int | None:
    """The second that a span ("1w", "10d") back from `now`, a date or a time means; else None.

    A date means its last second, so that it includes the day; a time without a zone is UTC.
    """
    if (span := _SPAN.fullmatch(text)) is not None:
        return now - int(span[1]) * _DAYS[span[2]] * DAY
    if (end := end_of_day(text)) is not None:
        return end
    if not text[:4].isdecimal() or "-" not in text or ":" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
