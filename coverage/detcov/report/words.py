"""Words that reports share."""

from collections.abc import Mapping, Sequence
from typing import Final

from detcov.analysis.coverage import Ratio
from detcov.model import CountMode
from detcov.study import Study

COUNTED: Final[Mapping[CountMode, str]] = {
    "live": "live (would alert if deployed)",
    "active": "active (not deprecated)",
    "all": "of any state",
}
"""Which rules count"""
_TITLED: Final = 3
"""Platforms that a title names"""


def dataset(study: Study, newer: str | None, platforms: Sequence[str] = ()) -> str:
    """Name the data: "ATT&CK Enterprise 19.0 (bundled; 20.0 is out)".

    With `platforms`, the report is of those alone, and it goes on "for Linux, Windows".
    """
    notes = [study.release.origin] if study.release.origin else []
    notes += [newer] if newer else []
    title = f"{study.release.title} ({'; '.join(notes)})" if notes else study.release.title
    return f"{title} for {', '.join(platforms)}" if platforms else title


def many(n: int, noun: str) -> str:
    """Write a number of things: "1 error", "1,015 errors"; software has no plural."""
    return f"{n:,} {noun}" if n == 1 or noun == "software" else f"{n:,} {noun}s"


def titled(title: str, platforms: Sequence[str]) -> str:
    """Return a report's title with what it is about."""
    if not platforms:
        return title
    few = len(platforms) <= _TITLED
    return f"{title}: {', '.join(platforms) if few else f'{len(platforms)} platforms'}"


def first(names: Sequence[str], most: int) -> tuple[str, ...]:
    """The first names, and "and 1,015 more" where there are more."""
    more = len(names) - most
    return (*names[:most], f"and {more:,} more") if more > 0 else tuple(names)


def shorten(names: Sequence[str], most: int) -> str:
    """The first names in one text, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def counted(ratio: Ratio) -> str:
    """Write a ratio as "408 of 601"."""
    return f"{ratio.numerator:,} of {ratio.denominator:,}"
