"""File names made of words that anybody may have written: safe on every system, each its own."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from detcov.report.document import slug

_LONGEST: Final = 60
# Windows takes these for devices, whatever their ending.
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
)


def file_names(words: Iterable[str]) -> Mapping[str, str]:
    """Each word to a name of lower-case letters, digits and hyphens, without an ending.

    Where two words would have the same name, or one would have none or a system's own, a part of
    the word's SHA-256 is added: "a.b" and "a-b" stay two.
    """
    slugs = {word: slug(word) for word in words}
    often = Counter(slugs.values())
    found: dict[str, str] = {}
    taken: set[str] = set()
    for word, plain in sorted(slugs.items()):
        sound = plain and len(plain) <= _LONGEST and plain not in _DEVICES
        if sound and often[plain] == 1:
            found[word] = plain
            taken.add(plain)
    for word, plain in sorted(slugs.items()):
        if word not in found:
            found[word] = _with_hash(word, plain, taken)
            taken.add(found[word])
    return {word: found[word] for word in slugs}


def _with_hash(word: str, plain: str, taken: set[str]) -> str:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
    start = plain[:_LONGEST].strip("-")
    # A word may be written to look like another's name: then more of the hash is taken. All of
    # it is longer than any name without one.
    for length in (8, 16, 64):
        name = f"{start}-{digest[:length]}".lstrip("-")
        if name not in taken:
            break
    return name
