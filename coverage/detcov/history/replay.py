"""Tells in which commit each rule, and each claim of a technique, began or ended."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from detcov.analysis.rule_change import Mark, Marks
from detcov.analysis.rule_side import claims_of
from detcov.history.reader import FileVersion, HistoryReader
from detcov.history.revision import Commit
from detcov.load.alias import together
from detcov.model import CountMode, Identity, Rule
from detcov.resolve import Resolver

_File = tuple[str, str]
"""Source label, path"""


class _Step(Struct, frozen=True, kw_only=True):
    """One commit on the first-parent line, and the files that it changed."""

    commit: Commit
    order: int
    before: Mapping[_File, str]
    """Blob ids of the changed files; one that the commit added isn't here"""
    after: Mapping[_File, str]


class _Standing(Struct, frozen=True):
    """What a rule is at some commit."""

    exists: bool
    counts: bool
    claims: frozenset[str]
    places: frozenset[_File]
    """The files that it counts in; where it counts nowhere, those it is in"""


def replay(
    reader: HistoryReader, base: Commit, head: Commit, resolver: Resolver, count: CountMode
) -> Marks:
    """When things happened after `base`, up to `head`; a merge counts as one step.

    Empty where `base` isn't on the first-parent line that leads to `head`.
    """
    steps = tuple(_steps(reader, base, head))
    versions = reader.rules(
        (*file, key)
        for step in steps
        for side in (step.before, step.after)
        for file, key in side.items()
    )
    standing = _Rules(reader, base, head, resolver, count)
    rules: dict[Identity, Mark] = {}
    places: dict[Identity, Mark] = {}
    ended: dict[tuple[Identity, str], Mark] = {}
    began: dict[tuple[Identity, str], Mark] = {}
    for step in steps:
        mark = _mark(step)
        for key, was, now in standing.apply(step, versions):
            if was.places != now.places:
                places[key] = mark
            if (was.exists, was.counts, was.claims) != (now.exists, now.counts, now.claims):
                rules[key] = mark
            ended |= {(key, one): mark for one in was.claims - now.claims}
            began |= {(key, one): mark for one in now.claims - was.claims}
    return Marks(rules=rules, places=places, ended=ended, began=began)


def line(reader: HistoryReader, base: Commit, head: Commit) -> tuple[Commit, ...]:
    """The first-parent commits after `base` up to `head`, oldest first; empty if it isn't there."""
    found: list[Commit] = []
    for commit in reader.repository.first_parents(head):
        if commit.sha == base.sha:
            return tuple(reversed(found))
        found.append(commit)
    return ()


def _steps(reader: HistoryReader, base: Commit, head: Commit) -> Iterator[_Step]:
    state, files = reader.state(base), reader.files(base)
    for order, commit in enumerate(line(reader, base, head)):
        new_state = reader.state(commit)
        if new_state == state:
            continue
        new_files = reader.files(commit)
        changed = {file for file, _ in files.items() ^ new_files.items()}
        yield _Step(
            commit=commit,
            order=order,
            before={file: files[file] for file in changed if file in files},
            after={file: new_files[file] for file in changed if file in new_files},
        )
        state, files = new_state, new_files


def _mark(step: _Step) -> Mark:
    commit = step.commit
    return Mark(order=step.order, id=commit.short, date=commit.day, summary=commit.summary)


class _Rules:
    """The rules while history goes on, all places of one together."""

    def __init__(
        self,
        reader: HistoryReader,
        base: Commit,
        head: Commit,
        resolver: Resolver,
        count: CountMode,
    ) -> None:
        self._resolver, self._count = resolver, count
        self._united = together(reader.corpus(base), reader.corpus(head))
        self._places: defaultdict[Identity, dict[_File, list[Rule]]] = defaultdict(dict)
        for rule in reader.corpus(base).rules:
            self._of(rule).setdefault((rule.key.source, rule.path), []).append(rule)

    def _of(self, rule: Rule) -> dict[_File, list[Rule]]:
        return self._places[self._identity(rule)]

    def _identity(self, rule: Rule) -> Identity:
        own = rule.key.identity
        return self._united.get(own, own)

    def apply(
        self, step: _Step, versions: Mapping[FileVersion, tuple[Rule, ...]]
    ) -> Iterator[tuple[Identity, _Standing, _Standing]]:
        """Each rule in the changed files, what it was and what it is."""
        gone = {file: versions.get((*file, key), ()) for file, key in step.before.items()}
        come = {file: versions.get((*file, key), ()) for file, key in step.after.items()}
        changed = {
            self._identity(rule)
            for side in (gone, come)
            for rules in side.values()
            for rule in rules
        }
        before = {one: self._standing(one) for one in changed}
        for file, rules in gone.items():
            for rule in rules:
                self._of(rule).pop(file, None)
        for file, rules in come.items():
            for rule in rules:
                self._of(rule).setdefault(file, []).append(rule)
        for one in sorted(changed, key=str):
            yield one, before[one], self._standing(one)

    def _standing(self, identity: Identity) -> _Standing:
        rules = [(file, rule) for file, of in self._places[identity].items() for rule in of]
        counting = [(file, rule) for file, rule in rules if rule.counts(self._count)]
        claims = (claims_of(self._resolver.resolve(rule)) for _, rule in counting)
        return _Standing(
            exists=bool(rules),
            counts=bool(counting),
            claims=frozenset[str]().union(*claims),
            places=frozenset(file for file, _ in counting or rules),
        )
