"""What changed as a Navigator layer: lost, gained, deeper, thinner by colour and by word."""

from collections.abc import Iterator, Mapping
from typing import Final

from detcov.analysis.change import Change, Seen, TechniqueChange, Turn
from detcov.attack.release import Release
from detcov.layer.model import LayerTechnique, Metadata
from detcov.report.coloured_layer import coloured_layer, in_each_tactic
from detcov.report.layer_scope import scoped
from detcov.report.layer_words import cleaned, dataset_facts, platforms_fact
from detcov.report.titles import Titles
from detcov.report.words import titled

# Of Okabe and Ito's palette, which stays apart in every kind of colour blindness.
COLORS: Final[Mapping[Turn, str]] = {
    Turn.LOST: "#d55e00",
    Turn.THINNER: "#e69f00",
    Turn.GAINED: "#0072b2",
    Turn.DEEPER: "#56b4e9",
}
LEGEND: Final[Mapping[str, str]] = {turn.value: color for turn, color in COLORS.items()}


def change_layer(change: Change, after: Seen, titles: Titles, *, name: str) -> bytes:
    """The layer as JSON: a cell of every technique whose rules became more or fewer.

    Both sides are seen under the release of `after`, in its scope. What didn't change has no
    entry.
    """
    release, coverage = after.release, after.coverage
    return coloured_layer(
        scoped(release, coverage.cells, _entries(change, release)),
        name=titled(name, coverage.platforms),
        description=(
            f"{titles.before} → {titles.after}. Colours and the word in each tooltip tell "
            "whether a technique lost or gained rules; an empty cell didn't change."
            f"{_apart(titles)}"
        ),
        domain=release.domain,
        version=release.version,
        legend=LEGEND,
        facts=(
            *_sides(titles),
            *dataset_facts(release),
            platforms_fact(coverage),
        ),
    )


def _sides(titles: Titles) -> Iterator[Metadata]:
    """What is compared, each side with its release where that changed."""
    same = titles.release_before == titles.release_after
    for name, title, release in (
        ("Before", titles.before, titles.release_before),
        ("After", titles.after, titles.release_after),
    ):
        yield Metadata(name=name, value=cleaned(title if same else f"{title}; {release}"))


def _apart(titles: Titles) -> str:
    if titles.release_before == titles.release_after:
        return ""
    return f" What {titles.release_after} itself changed isn't drawn."


def _entries(change: Change, release: Release) -> Iterator[LayerTechnique]:
    for one in sorted(change.techniques, key=lambda found: found.technique.id):
        yield from in_each_tactic(
            one.technique,
            release,
            color=COLORS[one.turn],
            comment=f"{one.turn}: {one.before} → {one.after} rules",
            metadata=tuple(_metadata(one)),
        )


def _metadata(one: TechniqueChange) -> Iterator[Metadata]:
    yield Metadata(name="Change", value=one.turn.value)
    yield Metadata(name="Rules", value=f"{one.before} before, {one.after} after")
    for rule in one.rules[:10]:
        when = f", {rule.mark.date}" if rule.mark else ""
        yield Metadata(name=rule.fate.value, value=(cleaned(rule.name) or "(unnamed)") + when)
