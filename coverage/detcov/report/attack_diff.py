"""What changed between two ATT&CK releases, in general and for given rules, as a Document."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from detcov.analysis.coverage import Coverage
from detcov.analysis.ledger import Ledger
from detcov.analysis.release_change import ReleaseChange
from detcov.attack.changes import Changes, TacticChange
from detcov.attack.release import Release
from detcov.report.change import release as told_for_rules
from detcov.report.document import (
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Many,
    Number,
    Part,
    Sentence,
    Table,
)
from detcov.report.method import datasets
from detcov.report.words import many


class RulesSeen(Struct, frozen=True, kw_only=True):
    """The same rules under both releases."""

    change: ReleaseChange
    before: Coverage
    after: Coverage
    ledger: Ledger
    """Under the newer one"""


def attack_diff(
    found: Changes,
    older: Release,
    newer: Release,
    *,
    rules: RulesSeen | None = None,
) -> Document:
    """Say what changed, for given rules, too.

    People see a technique whose tactic has another name, and that is otherwise the same, in the
    sums only; machines get a row of each that changed, a column for each thing that did.
    """
    parts: tuple[Part, ...] = (
        _numbers(older, newer),
        *_tactics(found, newer),
        *(() if rules is None else _for_rules(rules, newer)),
        *_techniques(found, older, newer, rules),
        *datasets(older, newer),
    )
    return Document(
        title="What changed in ATT&CK",
        subject="attack-diff",
        subtitle=f"{found.older} → {found.newer}",
        main="techniques",
        parts=parts,
    )


def _for_rules(rules: RulesSeen, newer: Release) -> Iterator[Part]:
    yield from told_for_rules(rules.change)
    ledger, version = rules.ledger, newer.version
    text = f"{many(ledger.carried, 'mapping')} carried to {version or newer.title}"
    text += f", {ledger.need_person:,} of them for a person to decide."
    if version and ledger.carried:
        check = f"detcov check --attack {version}"
        text += f" {check} --show drift tells what to mend, and where"
        text += f"; {check} --person what has to be decided." if ledger.need_person else "."
    yield Sentence(text=text)


def _numbers(older: Release, newer: Release) -> KeyNumbers:
    counts = (
        ("techniques", "techniques", len(older.active), len(newer.active)),
        ("tactics", "tactics", len(older.tactics), len(newer.tactics)),
        ("cells", "cells", len(older.cells), len(newer.cells)),
    )
    return KeyNumbers(
        numbers=tuple(
            KeyNumber(id=key, label=label, value=Number(value=now), detail=f"{was:,} before")
            for key, label, was, now in counts
        )
    )


def _tactics(found: Changes, newer: Release) -> Iterator[Part]:
    yield Heading(text="Tactics")
    for key, (was, now) in found.renamed_tactics.items():
        yield Sentence(text=f"{key} {was} is called {now}.", indent=1)
    for key in found.new_tactics:
        yield Sentence(text=f"{key} {newer.tactic_by_id[key].name} is new.", indent=1)
    if not found.renamed_tactics and not found.new_tactics:
        yield Sentence(text="The same.")
    yield _tactic_changes(found, newer)


def _techniques(
    found: Changes, older: Release, newer: Release, seen: RulesSeen | None
) -> Iterator[Part]:
    yield Heading(text="Techniques")
    yield Sentence(text=_sums(found))
    yield _changed(found, older, newer, seen)
    yield _every_change(found, older, newer, seen)


def _sums(found: Changes) -> str:
    sums = (
        ("added", len(found.added)),
        ("revoked", len(found.revoked)),
        ("deprecated", len(found.deprecated)),
        ("removed", len(found.removed)),
        ("active again", len(found.restored)),
        ("renamed", len(found.renamed)),
        ("in other tactics", sum(1 for one in found.tactics.values() if not one.redefined)),
        (
            "in a tactic of another name only",
            sum(1 for one in found.tactics.values() if one.redefined),
        ),
        ("for other platforms", len(found.platforms)),
    )
    return ", ".join(f"{n:,} {word}" for word, n in sums) + "."


def _changed(found: Changes, older: Release, newer: Release, seen: RulesSeen | None) -> Table:
    """For people: a row a technique; one of whose tactics has another name only is left out."""
    columns = [
        Column(name="Technique", id="technique"),
        Column(name="Name", id="name", shrink=True),
    ]
    if seen is not None:
        columns += [
            Column(name="rules before", id="before", align="right"),
            Column(name="after", id="after", align="right"),
        ]
    columns.append(Column(name="What", id="what", shrink=True))
    rows = []
    only_named = {key for key, one in found.tactics.items() if one.redefined}
    others = found.renamed.keys() | found.platforms.keys()
    for key in sorted({*older.active, *newer.active} - (only_named - others)):
        if said := found.of(key):
            technique = newer.techniques.get(key) or older.techniques[key]
            sides = () if seen is None else (seen.before, seen.after)
            counts = tuple(_rules(key, coverage) for coverage in sides)
            rows.append((Code(text=key), technique.name, *counts, "; ".join(said)))
    return Table(id="changed", columns=tuple(columns), rows=tuple(rows), audience="people")


def _every_change(found: Changes, older: Release, newer: Release, seen: RulesSeen | None) -> Table:
    """For machines: a row a technique that isn't what it was, whatever it is that changed."""
    columns = (
        *_columns("technique", "name", "changes", "successor", "name_before"),
        *_columns("tactics_before", "tactics_after", "tactics_lost", "tactics_gained"),
        *_columns("platforms_before", "platforms_after"),
        *(() if seen is None else _columns("rules_before", "rules_after")),
    )
    sides = () if seen is None else (seen.before, seen.after)
    rows: list[tuple[Cell, ...]] = []
    for key in sorted({*older.active, *newer.active}):
        if not (kinds := _kinds(found, key)):
            continue
        technique = newer.techniques.get(key) or older.techniques[key]
        was_called, _ = found.renamed.get(key, (None, None))
        successor = found.revoked.get(key)
        rows.append(
            (
                Code(text=key),
                technique.name,
                Many(cells=kinds),
                Code(text=successor) if successor else None,
                was_called,
                *_of_tactics(found.tactics.get(key)),
                *map(_ids, found.platforms.get(key, (None, None))),
                *(_rules(key, coverage) for coverage in sides),
            )
        )
    return Table(id="techniques", columns=columns, rows=tuple(rows), audience="machines")


def _kinds(found: Changes, key: str) -> tuple[str, ...]:
    """What changed for a technique, in words of a fixed set."""
    tactics = found.tactics.get(key)
    kinds = (
        ("added", key in found.added),
        ("revoked", key in found.revoked),
        ("deprecated", key in found.deprecated),
        ("removed", key in found.removed),
        ("active again", key in found.restored),
        ("renamed", key in found.renamed),
        ("other tactics", tactics is not None and not tactics.redefined),
        ("tactic redefined", tactics is not None and tactics.redefined),
        ("other platforms", key in found.platforms),
    )
    return tuple(word for word, holds in kinds if holds)


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name.replace("_", " "), id=name) for name in names)


def _of_tactics(change: TacticChange | None) -> tuple[Cell, ...]:
    if change is None:
        return (None,) * 4
    return tuple(map(_ids, (change.before, change.after, change.lost, change.gained)))


def _ids(names: Iterable[str] | None) -> Cell:
    return None if names is None else Many(cells=tuple(names))


def _tactic_changes(found: Changes, newer: Release) -> Table:
    """For machines: a row a tactic that is new or has another name."""
    renamed = (
        (Code(text=key), was, now, "renamed") for key, (was, now) in found.renamed_tactics.items()
    )
    new = (
        (Code(text=key), None, newer.tactic_by_id[key].name, "added") for key in found.new_tactics
    )
    return Table(
        id="tactics",
        columns=_columns("tactic", "name_before", "name", "change"),
        rows=(*renamed, *new),
        audience="machines",
    )


def _rules(technique: str, coverage: Coverage) -> Cell:
    """Rules with an own claim; nothing where the release hasn't the technique."""
    found = coverage.techniques.get(technique)
    return None if found is None else Number(value=len(found.rules))
