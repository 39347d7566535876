"""What is out of a layer's scope: disabled and hidden, so that it isn't taken for a gap.

It isn't filtered away: a filter by platform would hide a sub-technique whose parent isn't of the
platform, such as T1059.013 in 18.1. Such a parent is left enabled, without a colour. Parents are
opened one by one, as opening all annotated ones would count the disabled entries, too.
"""

from collections.abc import Collection, Iterable, Iterator

from msgspec import UNSET, Struct, structs

from detcov.attack.release import Release
from detcov.layer.model import LayerTechnique, Layout, Metadata

Cell = tuple[str, str]
"""Tactic shortname, technique id"""


class Scoped(Struct, frozen=True, kw_only=True):
    """The entries of a layer, and the settings that go with them."""

    techniques: tuple[LayerTechnique, ...]
    """By technique, then the matrix's tactics"""
    layout: Layout
    hide_disabled: bool


def unscoped(entries: Iterable[LayerTechnique]) -> Scoped:
    """Return the entries as those of a layer about the whole matrix."""
    return Scoped(techniques=tuple(entries), layout=Layout(), hide_disabled=False)


def scoped(release: Release, scope: Collection[Cell], entries: Iterable[LayerTechnique]) -> Scoped:
    """Return the entries with those that hide the rest of the matrix.

    `scope` holds the cells that the layer is about; an entry names its tactic, which is one of
    them. Where that is the whole matrix, the entries stay as they are.
    """
    cells = frozenset(scope)
    if cells.issuperset(release.cells):
        return unscoped(entries)
    return Scoped(
        techniques=tuple(_whole_matrix(release, cells, entries)),
        layout=Layout(expanded_subtechniques="none"),
        hide_disabled=True,
    )


def _whole_matrix(
    release: Release, scope: frozenset[Cell], drawn: Iterable[LayerTechnique]
) -> Iterator[LayerTechnique]:
    order = {tactic.shortname: n for n, tactic in enumerate(release.tactics)}
    entries = {(str(entry.tactic), entry.technique_id): entry for entry in drawn}
    opened, needed = _parents(entries), _parents(scope)
    for cell in sorted(release.cells, key=lambda cell: (cell[1], order[cell[0]])):
        entry, show = entries.get(cell), True if cell in opened else UNSET
        if entry is not None:
            yield structs.replace(entry, show_subtechniques=show)
        elif cell in scope:
            if show:
                yield LayerTechnique(technique_id=cell[1], tactic=cell[0], show_subtechniques=True)
        elif cell in needed:
            yield LayerTechnique(
                technique_id=cell[1],
                tactic=cell[0],
                metadata=(Metadata(name="Not asked for", value="shown for its sub-techniques"),),
                show_subtechniques=show,
            )
        else:
            yield LayerTechnique(technique_id=cell[1], tactic=cell[0], enabled=False)


def _parents(cells: Iterable[Cell]) -> frozenset[Cell]:
    """The cells of the parents of those that are sub-techniques, in the same tactics."""
    return frozenset((tactic, one.partition(".")[0]) for tactic, one in cells if "." in one)
