"""The techniques that an id which no release has may mean: a slip of one character."""

from collections.abc import Iterator
from typing import Final

from detcov.attack.release import Release, Technique

_LONGEST: Final = len("T1059.0010")
_LIKE_DIGITS: Final = str.maketrans("OIL", "011")
"""Letters that look like digits, once they are capitals"""
_DIGITS: Final = 3
"""Of a sub-technique's number"""
_MOST: Final = 3
"""More than these, and none of them is likelier than the rest"""


def nearest_techniques(release: Release, stated: str) -> tuple[Technique, ...]:
    """Return the active techniques that an unknown or malformed id may mean, three at most.

    A letter that looks like a digit is that digit, and a sub-technique's number may lack its zeros.
    Else it is what is one character away: another one, one too many or too few, or two that changed
    places. A sub-technique of a known technique is one of its others, or else that technique:
    `T1059.000` is T1059.
    """
    text = stated.strip().upper()
    if len(text) > _LONGEST:
        return ()
    likely = release.active.get(text.translate(_LIKE_DIGITS))
    if likely is not None:
        return (likely,)
    parent, dot, number = text.partition(".")
    if 0 < len(number) < _DIGITS:
        text = f"{parent}.{number:0>{_DIGITS}}"
    known_parent = release.active.get(parent) if dot else None
    if known_parent is not None and number == "000":
        return (known_parent,)
    near = sorted({slip for slip in (text, *_slips(text)) if slip in release.active})
    if text in near:
        near = [text]
    elif known_parent is not None:
        near = [one for one in near if one.startswith(f"{parent}.")]
    if 0 < len(near) <= _MOST:
        return tuple(release.active[one] for one in near)
    return (known_parent,) if known_parent is not None else ()


def did_you_mean(release: Release, stated: str) -> str:
    """Return the question that a message on an unknown id ends with; "" where nothing is near."""
    named = [f"{one.id} ({one.name})" for one in nearest_techniques(release, stated)]
    if not named:
        return ""
    *others, last = named
    choice = f"{', '.join(others)} or {last}" if others else last
    return f"did you mean {choice}?"


def _slips(text: str) -> Iterator[str]:
    """Every text that is one character away from this one."""
    for at in range(len(text) + 1):
        before, after = text[:at], text[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for character in "0123456789.":
            yield before + character + after
            yield before + character + after[1:]
