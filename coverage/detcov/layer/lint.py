"""Lints Navigator layers, ours or another tool's: Navigator itself validates nothing."""

from collections.abc import Callable, Iterator
from typing import Final

from detcov.attack.release import Release
from detcov.layer import fields, filters, items, scale, techniques, versions
from detcov.layer.checks import CHECKS
from detcov.layer.finding import Hit, LayerFinding, hit, printable, shown
from detcov.layer.position import Lines, spots
from detcov.layer.read import Document, read_document
from detcov.layer.subject import Rule, Subject

RULES: Final[tuple[Rule, ...]] = (
    versions.domain,
    versions.versions,
    fields.name,
    fields.settings,
    fields.custom_data,
    fields.unknown_fields,
    fields.layout,
    filters.filters,
    scale.gradient,
    scale.legend,
    items.metadata,
    items.links,
    techniques.techniques,
    techniques.identities,
    techniques.repeats,
    techniques.values,
)

ReleaseFor = Callable[[str, int | None], Release | None]
"""Domain and ATT&CK major version of a layer to the release to check it against, if at hand"""


def lint_layer(
    data: bytes, *, release: Release | None, newest: int | None = None
) -> tuple[LayerFinding, ...]:
    """Everything wrong with a layer file (a layer or a list of them), in the file's order.

    With `release` None, or for a layer of another domain than the release's, the checks that
    need ATT&CK are left out. `newest` is the newest ATT&CK major version the target Navigator
    has; without it nothing is said about a layer that is older or newer. Raises LayerError for
    a file that is too large or too deeply nested to be read.
    """

    def pick(domain: str, _major: int | None) -> Release | None:
        return release if release is not None and release.domain == domain else None

    return lint_document(read_document(data), pick=pick, newest=newest)


def lint_document(
    document: Document, *, pick: ReleaseFor, newest: int | None = None
) -> tuple[LayerFinding, ...]:
    """As `lint_layer`, with a release for each of the document's layers.

    `pick` gets the ATT&CK version that Navigator would draw: None is the newest that it has.
    """
    hits = list(document.hits)
    if document.is_json:
        for pointer, layer in layers_of(document.value):
            hits += _layer_hits(layer, pointer, pick, newest)
    return _findings(document.text, hits)


def layers_of(value: object) -> Iterator[tuple[str, object]]:
    """Give the layers of a file's JSON value with their pointers, whatever they are."""
    if isinstance(value, list) and value:
        for index, layer in enumerate(value):
            yield f"/{index}", layer
    else:
        yield "", value


def _layer_hits(layer: object, pointer: str, pick: ReleaseFor, newest: int | None) -> Iterator[Hit]:
    if not isinstance(layer, dict) or not layer:
        empty = {"[]": "an empty list", "{}": "an empty object"}.get(str(layer))
        yield hit("L005", pointer, f"{empty or shown(layer)} is no layer")
        return
    domain = versions.domain_of(layer)
    release = None
    if domain is not None and not versions.is_refused(layer):
        release = pick(domain, versions.attack_major_of(layer))
    subject = Subject(layer=layer, pointer=pointer, release=release, newest=newest)
    for rule in RULES:
        yield from rule(subject)


def _findings(text: str, hits: list[Hit]) -> tuple[LayerFinding, ...]:
    """Give the hits a line and column, and the text's order."""
    if not hits:
        return ()
    wanted = {found.pointer for found in hits if found.offset is None}
    # The last of equal pointers is the one that counts, in Python as in JavaScript.
    offsets = {s.pointer: s.offset for s in spots(text) if s.pointer in wanted} if wanted else {}
    lines = Lines(text)
    placed = [
        (found.offset if found.offset is not None else offsets.get(found.pointer, 0), found)
        for found in hits
    ]
    placed.sort(key=lambda pair: (pair[0], pair[1].code, pair[1].pointer))
    return tuple(_finding(found, *lines.at(offset)) for offset, found in placed)


def _finding(found: Hit, line: int, column: int) -> LayerFinding:
    check = CHECKS[found.code]
    return LayerFinding(
        code=check.code,
        name=check.name,
        severity=check.severity,
        outcome=check.outcome,
        message=printable(f"{found.detail}: {found.effect or check.effect}"),
        pointer=found.pointer,
        line=line,
        column=column,
    )
