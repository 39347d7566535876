"""Files that are given for rules and hold none: what they are, and what to do instead."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from detcov.model import Corpus, PassedOver, Reason
from detcov.source import is_file, printable

_HEAD: Final = 1 << 16
_BUNDLE: Final = re.compile(rb'"type"\s*:\s*"bundle"')
_LAYER: Final = re.compile(
    rb'"domain"\s*:\s*"[a-z]+-attack"|"versions"\s*:\s*\{\s*"(?:attack|layer)'
)
_GZIP: Final = b"\x1f\x8b"
_ENDINGS: Final = 4
"""Of those that aren't read, so many are named"""


def mistaken(paths: Iterable[Path]) -> Iterator[str]:
    """Say of each file that is a layer or a bundle which option or command takes it."""
    for path in paths:
        if is_file(path) and (told := _told(_beginning(path))):
            yield f"{printable(str(path))} {told}"


def no_rules(corpus: Corpus, roots: Iterable[Path], *, label: str | None = None) -> str:
    """Say what there was in sources without a rule, and what to do.

    `roots` are where the sources lie, as far as they are folders or files; `label` names the one
    that is meant, all unless given.
    """
    sources = corpus.sources if label is None else (label,)
    unread = sum(source in sources for source, _ in corpus.unread)
    passed_over = [each for each in corpus.passed_over if each.source in sources]
    files = unread + len(passed_over)
    there = f"{', '.join(sources)}: no rules found among {files:,} file{'s' * (files != 1)}"
    if reasons := _reasons(unread, passed_over):
        there += f" ({reasons})"
    instead = next(mistaken(roots), None)
    if instead is not None:
        return f"{there}; {instead}"
    return (
        f"{there}; name the folder or file that holds them. docs/formats/README.md lists the "
        "formats; rules of any other go into a plain table (docs/formats/table.md)"
    )


def _reasons(unread: int, passed_over: Sequence[PassedOver]) -> str:
    """How many files there were for each reason, with the endings that aren't read."""
    reasons = Counter(each.reason for each in passed_over)
    endings = Counter(
        printable(PurePosixPath(each.path).suffix.lower()) or "none"
        for each in passed_over
        if each.reason is Reason.ENDING
    )
    parts = [f"couldn't be read: {unread:,}"] if unread else []
    for reason, count in reasons.most_common():
        part = f"{reason}: {count:,}"
        if reason is Reason.ENDING:
            named = [f"{ending} {n:,}" for ending, n in endings.most_common(_ENDINGS)]
            more = ["…"] if len(endings) > _ENDINGS else []
            part += f" ({', '.join(named + more)})"
        parts.append(part)
    return "; ".join(parts)


def _told(data: bytes) -> str:
    if data.startswith(_GZIP):
        return "is compressed: an ATT&CK bundle is given by --attack, rules are read unpacked"
    if _BUNDLE.search(data):
        return "is a STIX bundle: give it by --attack"
    if _LAYER.search(data):
        return "is a Navigator layer: detcov lint-layer checks it, detcov diff compares two"
    return ""


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
