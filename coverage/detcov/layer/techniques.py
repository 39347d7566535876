"""Lint rules for the technique entries of a layer."""

import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from detcov.attack.release import Release, Technique
from detcov.layer.colour import is_colour
from detcov.layer.finding import Hit, child, hit, shown
from detcov.layer.read import Constant
from detcov.layer.subject import Members, Subject, as_float, is_number, is_score

TECHNIQUE_ID: Final = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
SHORTNAME: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
COMMENT_LENGTH: Final = 600
"""Characters of a comment that were seen to fill the tooltip."""


def techniques(subject: Subject) -> Iterator[Hit]:
    """`techniques` itself, and what its entries are."""
    at = subject.at("techniques")
    if "techniques" not in subject.layer:
        yield hit("L200", subject.pointer, "the layer has no techniques")
        return
    stated = subject.layer["techniques"]
    if stated is None or (isinstance(stated, str) and stated):
        yield hit("L201", at, f"techniques is {shown(stated)}, not a list")
    elif not isinstance(stated, list):
        yield hit("L202", at, f"techniques is {shown(stated)}, not a list")
    elif not stated:
        yield hit("L200", at, "techniques is empty")
    else:
        for index, entry in enumerate(stated):
            if isinstance(entry, list):
                yield hit("L203", child(at, index), "techniques holds a list, not an object")
            elif not isinstance(entry, dict):
                detail = f"techniques holds {shown(entry)} where an object belongs"
                yield hit("L201", child(at, index), detail)


def identities(subject: Subject) -> Iterator[Hit]:
    """`techniqueID` and `tactic` of every entry."""
    for at, entry in subject.entries():
        technique: Technique | None = None
        if not isinstance(entry.get("techniqueID"), str):
            has = "techniqueID" in entry
            detail = f"techniqueID is {shown(entry['techniqueID'])}" if has else "no techniqueID"
            yield hit("L203", child(at, "techniqueID") if has else at, detail)
        else:
            technique = _active(subject.release, entry["techniqueID"])
            if technique is None:
                yield from _identity(subject.release, entry["techniqueID"], at)
        yield from _tactic(subject.release, technique, entry, at)


def _active(release: Release | None, identity: str) -> Technique | None:
    return release.active.get(identity) if release is not None else None


def _identity(release: Release | None, identity: str, at: str) -> Iterator[Hit]:
    """Say why an id is no active technique of the release, as far as there is one."""
    at = child(at, "techniqueID")
    if release is None:
        if not TECHNIQUE_ID.fullmatch(identity):
            yield hit("L204", at, f"{shown(identity)} isn't a technique id")
        return
    technique = release.techniques.get(identity)
    if technique is not None and technique.revoked:
        by = f", replaced by {technique.revoked_by}" if technique.revoked_by else ""
        yield hit("L206", at, f"{technique.id} is revoked in {release.title}{by}")
    elif technique is not None:
        yield hit("L207", at, f"{technique.id} is deprecated in {release.title}")
    elif TECHNIQUE_ID.fullmatch(identity):
        yield hit("L205", at, f"{release.title} has no technique {identity}")
    else:
        yield hit("L204", at, f"{shown(identity)} isn't a technique id")


def _tactic(
    release: Release | None, technique: Technique | None, entry: Members, at: str
) -> Iterator[Hit]:
    if "tactic" not in entry:
        if technique is not None and len(technique.tactics) > 1:
            detail = (
                f"{technique.id} has {len(technique.tactics)} tactics, and the entry names none"
            )
            yield hit("L213", at, detail)
        return
    tactic, at = entry["tactic"], child(at, "tactic")
    if tactic is None or tactic == "":
        how = "without a word" if tactic is None else "after an alert"
        yield Hit(
            code="L210",
            pointer=at,
            detail=f"tactic is {shown(tactic)}",
            effect=f"Navigator drops the entry {how}; left out, it would apply to every tactic",
        )
    elif not isinstance(tactic, str):
        yield hit("L211", at, f"tactic is {shown(tactic)}, not a shortname")
    elif release is None:
        if not SHORTNAME.fullmatch(tactic):
            yield hit("L211", at, f"{shown(tactic)} isn't a shortname{_meant(None, tactic)}")
    elif tactic not in release.tactic_by_shortname:
        detail = f"{release.title} has no tactic {shown(tactic)}{_meant(release, tactic)}"
        yield hit("L211" if not SHORTNAME.fullmatch(tactic) else "L212", at, detail)
    elif technique is not None and tactic not in technique.tactics:
        has = ", ".join(technique.tactics) or "none"
        yield hit("L212", at, f"{technique.id} has no tactic {tactic} in {release.title} ({has})")


def _meant(release: Release | None, tactic: str) -> str:
    """Guess the shortname that was meant, in brackets."""
    plain = re.sub(r"[\s_-]+", "-", tactic.strip().lower())
    if release is None:
        return f" ({plain}?)" if SHORTNAME.fullmatch(plain) and plain != tactic else ""
    if tactic in release.tactic_by_id:
        return f" ({release.tactic_by_id[tactic].shortname}?)"
    near = get_close_matches(plain[:60], list(release.tactic_by_shortname), 1, 0.8)
    return f" ({near[0]}?)" if near else ""


def repeats(subject: Subject) -> Iterator[Hit]:
    """Entries that replace each other: the same technique and tactic, or a tactic left out."""
    seen: dict[tuple[str, str | None], str] = {}
    with_tactic: dict[str, str] = {}
    for at, entry in subject.entries():
        identity, tactic = entry.get("techniqueID"), entry.get("tactic")
        if isinstance(identity, str) and isinstance(tactic, str) and tactic:
            with_tactic.setdefault(identity, at)
    for at, entry in subject.entries():
        identity, tactic = entry.get("techniqueID"), entry.get("tactic")
        if not isinstance(identity, str) or ("tactic" in entry and not tactic):
            continue
        if tactic is not None and not isinstance(tactic, str):
            continue
        if (identity, tactic) in seen:
            where = f"tactic {shown(tactic)}" if tactic else "no tactic"
            detail = f"{shown(identity)} with {where} stands at {seen[identity, tactic]} already"
            yield hit("L214", at, detail)
        seen[identity, tactic] = at
        if tactic is None and identity in with_tactic:
            detail = f"{shown(identity)} stands with a tactic at {with_tactic[identity]} as well"
            yield hit("L215", at, detail)


def values(subject: Subject) -> Iterator[Hit]:
    """Score, colour, comment and the switches of every entry."""
    for at, entry in subject.entries():
        if "score" in entry:
            yield from _score(entry["score"], child(at, "score"))
        colour = entry.get("color", "")
        if colour != "" and not is_colour(colour):
            yield hit("L223", child(at, "color"), f"{shown(colour)} is no colour")
        yield from _types(entry, at)
        yield from _conflicts(entry, at)


def _score(score: object, at: str) -> Iterator[Hit]:
    if not is_number(score):
        yield hit("L220", at, f"score is {shown(score)}, not a number")
    elif not isinstance(score, Constant):
        number = as_float(score)
        if math.isinf(number):
            yield hit("L222", at, "the score is beyond what a number can hold")
        elif not number.is_integer():
            yield hit("L502", at, f"the score {shown(score)} is cut to a whole number")


def _types(entry: Members, at: str) -> Iterator[Hit]:
    comment = entry.get("comment", "")
    if not isinstance(comment, str):
        yield hit("L224", child(at, "comment"), f"comment is {shown(comment)}, not a string")
    elif len(comment) > COMMENT_LENGTH:
        yield hit("L227", child(at, "comment"), f"the comment has {len(comment)} characters")
    for key in ("enabled", "showSubtechniques"):
        if key in entry and not isinstance(entry[key], bool):
            yield hit("L224", child(at, key), f"{key} is {shown(entry[key])}, not a boolean")


def _conflicts(entry: Members, at: str) -> Iterator[Hit]:
    scored, coloured = is_score(entry.get("score")), bool(is_colour(entry.get("color")))
    if entry.get("enabled") is False and (scored or coloured):
        yield hit("L226", at, f"the entry is disabled and has a {'score' if scored else 'colour'}")
    elif scored and coloured:
        yield hit("L225", child(at, "color"), f"the colour {shown(entry['color'])} beside a score")
    identity = entry.get("techniqueID")
    if entry.get("showSubtechniques") is True and isinstance(identity, str) and "." in identity:
        yield hit("L228", child(at, "showSubtechniques"), f"{shown(identity)} is a sub-technique")
