"""What changed between two Navigator layers, by the scores of their techniques."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from detcov.analysis.change import Turn, turn_of
from detcov.attack.ids import is_technique_id
from detcov.attack.release import Release
from detcov.errors import HistoryError, UsageError
from detcov.layer.model import LayerTechnique, Metadata
from detcov.layer.subject import is_score
from detcov.layer.versions import attack_major_of, domain_of
from detcov.report.change_layer import COLORS, LEGEND
from detcov.report.changed_rules import turn_state
from detcov.report.coloured_layer import coloured_layer, in_each_tactic
from detcov.report.document import Code, Column, Document, Note, Number, Sentence, Table
from detcov.report.layer_scope import unscoped
from detcov.report.layer_words import cleaned, dataset_facts
from detcov.report.method import notice
from detcov.report.words import many, shorten

_LEFT_NAMED: Final = 6
"""Techniques named that can't be drawn; a value of metadata is cut at 200 characters"""


class ScoredLayer(Struct, frozen=True, kw_only=True):
    """What is compared of a layer."""

    name: str
    path: str
    domain: str
    """By its present name"""
    version: str
    """ATT&CK version that Navigator reads, its major number; "" where the layer states none"""
    scores: Mapping[str, float]
    """Technique id to the highest score over its tactics, where that is above nought"""


def is_layer(path: Path) -> bool:
    """Whether a file looks like a Navigator layer: a JSON object with techniques and a domain."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "techniques" in value and "domain" in value


def read_layer(path: Path) -> ScoredLayer:
    """The scores of a layer. Raises `HistoryError` for a file that is none."""
    if not is_layer(path):
        raise HistoryError(f"{path}: no Navigator layer")
    value = json.loads(path.read_bytes())
    major = attack_major_of(value)
    found: dict[str, float] = {}
    techniques = value["techniques"]
    for one in techniques if isinstance(techniques, list) else ():
        key, score = _scored(one)
        if score > 0:
            found[key] = max(score, found.get(key, 0))
    return ScoredLayer(
        name=str(value.get("name") or path.name),
        path=str(path),
        domain=domain_of(value) or str(value["domain"]),
        version="" if major is None else str(major),
        scores=dict(sorted(found.items())),
    )


def _scored(entry: Any) -> tuple[str, float]:
    """A technique and its score; nought for what has none, is switched off or is no technique."""
    if not isinstance(entry, dict) or entry.get("enabled") is False:
        return "", 0
    key, score = entry.get("techniqueID"), entry.get("score")
    sound = isinstance(key, str) and is_technique_id(key)
    if not sound or not is_score(score):
        return "", 0
    return str(key), score


def turns(before: ScoredLayer, after: ScoredLayer) -> dict[str, Turn]:
    """Technique id to what became of it, by turn, then id; what is the same isn't there.

    Raises `UsageError` for layers of different domains.
    """
    if before.domain != after.domain:
        raise UsageError(f"layers of different domains: {before.domain}, {after.domain}")
    found = {}
    for key in {*before.scores, *after.scores}:
        turn = turn_of(before.scores.get(key, 0), after.scores.get(key, 0))
        if turn is not None:
            found[key] = turn
    order = list(Turn)
    return dict(sorted(found.items(), key=lambda item: (order.index(item[1]), item[0])))


def _titles(before: ScoredLayer, after: ScoredLayer) -> tuple[str, str]:
    """What both are called: by their names, or their files, too, where the names are the same."""
    if before.name != after.name:
        return before.name, after.name
    return f"{before.name} ({before.path})", f"{after.name} ({after.path})"


def layer_diff(before: ScoredLayer, after: ScoredLayer) -> Document:
    """Say which techniques have a score no longer, anew, a lower or a higher one."""
    found = turns(before, after)
    counts = ", ".join(f"{list(found.values()).count(turn):,} {turn}" for turn in Turn)
    notes = []
    if before.version != after.version:
        text = f"The layers are for ATT&CK {before.version or '?'} and {after.version or '?'}: "
        notes.append(Note(text=f"{text}an id of one may be revoked in the other.", kind="warning"))
    return Document(
        title="What changed",
        subject="layer-diff",
        subtitle=" → ".join(_titles(before, after)),
        main="techniques",
        parts=(
            Sentence(
                text=f"{len(after.scores):,} techniques have a score, {len(before.scores):,} had "
                f"one: {counts}.",
                strong=True,
            ),
            *notes,
            _techniques(before, after, found),
            notice(),
        ),
    )


def _techniques(before: ScoredLayer, after: ScoredLayer, found: Mapping[str, Turn]) -> Table:
    columns = (
        Column(name="", id="turn"),
        Column(name="Technique", id="technique"),
        Column(name="before", align="right", id="before"),
        Column(name="after", align="right", id="after"),
    )
    rows = tuple(
        (
            turn_state(turn),
            Code(text=key),
            Number(value=before.scores.get(key, 0)),
            Number(value=after.scores.get(key, 0)),
        )
        for key, turn in found.items()
    )
    return Table(id="techniques", columns=columns, rows=rows)


def layer_of(before: ScoredLayer, after: ScoredLayer, release: Release | None) -> bytes:
    """The same as a layer, drawn in each tactic that a technique has in the release.

    Techniques that the release hasn't can't be drawn: the layer's metadata name them. Without a
    release entries name no tactic, and Navigator shows each in all of the technique's own.
    """
    changed = dict(sorted(turns(before, after).items()))
    return coloured_layer(
        unscoped(_entries(before, after, changed, release)),
        name="What changed",
        description=f"{' → '.join(_titles(before, after))}, by the techniques' scores.",
        domain=after.domain,
        version=release.version if release is not None else after.version or before.version,
        legend=LEGEND,
        facts=_facts(before, after, changed, release),
    )


def _entries(
    before: ScoredLayer,
    after: ScoredLayer,
    changed: Mapping[str, Turn],
    release: Release | None,
) -> Iterator[LayerTechnique]:
    for key, turn in changed.items():
        color, metadata = COLORS[turn], (Metadata(name="Change", value=turn.value),)
        comment = f"{turn}: {before.scores.get(key, 0):g} → {after.scores.get(key, 0):g}"
        if release is None:
            yield LayerTechnique(technique_id=key, color=color, comment=comment, metadata=metadata)
        elif (technique := release.active.get(key)) is not None:
            yield from in_each_tactic(
                technique, release, color=color, comment=comment, metadata=metadata
            )


def _facts(
    before: ScoredLayer,
    after: ScoredLayer,
    changed: Mapping[str, Turn],
    release: Release | None,
) -> Iterator[Metadata]:
    for name, title, one in zip(
        ("Before", "After"), _titles(before, after), (before, after), strict=True
    ):
        version = f"ATT&CK {one.version}" if one.version else "no ATT&CK version stated"
        yield Metadata(name=name, value=cleaned(f"{title}; {version}"))
    if release is None:
        return
    yield from dataset_facts(release)
    left = [f"{key} {turn}" for key, turn in changed.items() if key not in release.active]
    if left:
        named = shorten(left, _LEFT_NAMED)
        value = f"{many(len(left), 'technique')}, not active in {release.title}: {named}"
        yield Metadata(name="Not drawn", value=cleaned(value))
