"""Tells in which commit each rule, and each claim of a technique, began or ended."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from detcov.analysis.rule_change import Mark, Marks
from detcov.analysis.rule_side import claims_of
from detcov.history.reader import FilePath, HistoryReader
from detcov.history.revision import Commit
from detcov.history.tree import File
from detcov.load.alias import together
from detcov.model import CountMode, Identity, Rule
from detcov.resolve import Resolver

_ShownPath = tuple[str, str]
"""Source label, path as a rule has it"""


class _Step(Struct, frozen=True, kw_only=True):
    """One commit on the first-parent line, and the rules of the files that it changed."""

    mark: Mark
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]


class _Standing(Struct, frozen=True):
    """What a rule is at some commit."""

    exists: bool
    counts: bool
    claims: frozenset[str]
    places: frozenset[_ShownPath]
    """The files that it counts in; where it counts nowhere, those it is in"""


def replay(
    reader: HistoryReader, base: Commit, head: Commit, resolver: Resolver, count: CountMode
) -> Marks:
    """When things happened after `base`, up to `head`; a merge counts as one step.

    Empty where `base` isn't on the first-parent line that leads to `head`.
    """
    standing = _Rules(reader, base, head, resolver, count)
    rules: dict[Identity, Mark] = {}
    places: dict[Identity, Mark] = {}
    ended: dict[tuple[Identity, str], Mark] = {}
    began: dict[tuple[Identity, str], Mark] = {}
    for step in _steps(reader, base, head):
        mark = step.mark
        for key, was, now in standing.apply(step):
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
    earlier, state, files = base, reader.state(base), reader.files(base)
    for order, commit in enumerate(line(reader, base, head)):
        new_state = reader.state(commit)
        if new_state == state:
            continue
        new_files = reader.files(commit)
        yield _Step(
            mark=Mark(order=order, id=commit.short, date=commit.day, summary=commit.summary),
            before=reader.rules(earlier, _without(files, new_files)),
            after=reader.rules(commit, _without(new_files, files)),
        )
        earlier, state, files = commit, new_state, new_files


def _without(
    files: Mapping[FilePath, File], others: Mapping[FilePath, File]
) -> dict[FilePath, File]:
    """Return the files that aren't among others, or are of another version there."""
    return {path: file for path, file in files.items() if others.get(path) != file}


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
        before = reader.corpus(base)
        self._united = together(before, reader.corpus(head))
        self._places: defaultdict[Identity, dict[_ShownPath, list[Rule]]] = defaultdict(dict)
        for rule in before.rules:
            self._of(rule).setdefault(_path_of(rule), []).append(rule)

    def _of(self, rule: Rule) -> dict[_ShownPath, list[Rule]]:
        return self._places[self._identity(rule)]

    def _identity(self, rule: Rule) -> Identity:
        own = rule.key.identity
        return self._united.get(own, own)

    def apply(self, step: _Step) -> Iterator[tuple[Identity, _Standing, _Standing]]:
        """Each rule in the changed files, what it was and what it is."""
        changed = {self._identity(rule) for rule in (*step.before, *step.after)}
        before = {one: self._standing(one) for one in changed}
        for rule in step.before:
            self._of(rule).pop(_path_of(rule), None)
        for rule in step.after:
            self._of(rule).setdefault(_path_of(rule), []).append(rule)
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


def _path_of(rule: Rule) -> _ShownPath:
    return rule.key.source, rule.path
