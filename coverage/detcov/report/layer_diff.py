"""What changed between two Navigator layers, by the scores of their techniques."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from detcov.analysis.change import Turn, turn_of
from detcov.attack.ids import is_technique_id
from detcov.errors import HistoryError, UsageError
from detcov.layer.model import LayerTechnique, Metadata
from detcov.report.change_layer import COLORS, LEGEND
from detcov.report.changed_rules import turn_state
from detcov.report.coloured_layer import coloured_layer
from detcov.report.document import Code, Column, Document, Note, Number, Sentence, Table
from detcov.report.method import notice


class ScoredLayer(Struct, frozen=True, kw_only=True):
    """What is compared of a layer."""

    name: str
    domain: str
    version: str
    """ATT&CK version as the layer states it, "" where it doesn't"""
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
    versions = value.get("versions")
    found: dict[str, float] = {}
    techniques = value["techniques"]
    for one in techniques if isinstance(techniques, list) else ():
        key, score = _scored(one)
        if score > 0:
            found[key] = max(score, found.get(key, 0))
    return ScoredLayer(
        name=str(value.get("name") or path.name),
        domain=str(value["domain"]),
        version=str(versions.get("attack", "")) if isinstance(versions, dict) else "",
        scores=dict(sorted(found.items())),
    )


def _scored(entry: Any) -> tuple[str, float]:
    """A technique and its score; nought for what has none, is switched off or is no technique."""
    if not isinstance(entry, dict) or entry.get("enabled") is False:
        return "", 0
    key, score = entry.get("techniqueID"), entry.get("score")
    sound = isinstance(key, str) and is_technique_id(key)
    if not sound or isinstance(score, bool) or not isinstance(score, int | float):
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
        subtitle=f"{before.name} → {after.name}",
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


def layer_of(before: ScoredLayer, after: ScoredLayer) -> bytes:
    """The same as a layer; entries name no tactic, so that each is shown in all of its own."""
    return coloured_layer(
        (
            LayerTechnique(
                technique_id=key,
                color=COLORS[turn],
                comment=f"{turn}: {before.scores.get(key, 0):g} → {after.scores.get(key, 0):g}",
                metadata=(Metadata(name="Change", value=turn.value),),
            )
            for key, turn in sorted(turns(before, after).items())
        ),
        name="What changed",
        description=f"{before.name} → {after.name}, by the techniques' scores.",
        domain=after.domain,
        version=after.version,
        legend=LEGEND,
    )
