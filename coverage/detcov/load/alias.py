"""Which rules are one beside those with an equal UUID: by a stated alias (docs/concepts.md).

The estate's owner states aliases in the settings. A rule states one of its own where it names an
id that it had before (Sigma's `renamed`). Of such former ids, all that hang together are taken or
none: a source that would have two of the rules may hold an old file still, or the rule that the
id was left to, and nobody can tell which.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from detcov.load.corpus import Aliases
from detcov.model import Corpus, Identity, Rule, RuleKey

_NAMED = 2


def unite(corpora: Sequence[Corpus], aliases: Aliases = ()) -> tuple[Corpus, ...]:
    """The corpora with their rules united, across them too, by former ids and by `aliases`.

    An alias that comes to nothing is in `notes` of the first, with why.
    """
    rules = [rule for corpus in corpora for rule in corpus.rules]
    sets = Unions()
    for group in _by_former_ids(rules):
        sets.join(group)
    notes = tuple(_by_aliases(rules, aliases, sets)) if aliases else ()
    united = sets.members()
    first, *others = (structs.replace(one, united=united, notes=()) for one in corpora)
    return structs.replace(first, notes=notes), *others


def together(before: Corpus, after: Corpus) -> Mapping[Identity, Identity]:
    """What is united on either side: `Corpus.united` for rules of both."""
    if before.united == after.united:
        return after.united
    sets = Unions()
    for one in (after, before):
        for identity, shared in one.united.items():
            sets.join((shared, identity))
    return sets.members()


def still_there(rules: Iterable[Rule]) -> Iterator[tuple[Rule, str, Rule]]:
    """Rules with an id that they had before and another rule of these has: who, id, the other."""
    rules = tuple(rules)
    if not any(rule.former for rule in rules):
        return
    by_id: defaultdict[Hashable, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_id[rule.key.anywhere].append(rule)
    for rule in rules:
        for former in rule.former:
            for other in by_id.get(former_id(rule.key, former), ()):
                if other.key.identity != rule.key.identity:
                    yield rule, former, other


def former_id(key: RuleKey, former: str) -> Hashable:
    """`RuleKey.anywhere` of the rule when it had this id."""
    return structs.replace(key, native_id=former).anywhere


class Unions:
    """Sets of identities, each known by the first that was put into it."""

    def __init__(self) -> None:
        self._of: dict[Identity, list[Identity]] = {}

    def join(self, group: Iterable[Identity]) -> None:
        """Make one set of the sets that these are in."""
        whole = self.joined(group)
        self._of.update(dict.fromkeys(whole, whole))

    def joined(self, group: Iterable[Identity]) -> list[Identity]:
        """What that set would be."""
        found = (one for each in group for one in self._of.get(each, [each]))
        return list(dict.fromkeys(found))

    def members(self) -> dict[Identity, Identity]:
        """Each member of a set to the one that its set is known by."""
        return {one: whole[0] for one, whole in self._of.items()}

    def sets(self) -> list[list[Identity]]:
        """The sets."""
        return [whole for one, whole in self._of.items() if whole[0] == one]


def _by_former_ids(rules: Sequence[Rule]) -> Iterator[list[Identity]]:
    """The rules that are one by former ids, none where two of them are in one source."""
    linked = Unions()
    for rule, _, other in still_there(rules):
        linked.join((rule.key.identity, other.key.identity))
    places = _places(rules, {one for group in linked.sets() for one in group})
    for group in linked.sets():
        labels = [label for one in group for label in {source for source, _ in places[one]}]
        if len(labels) == len(set(labels)):
            yield group


def _places(rules: Iterable[Rule], wanted: set[Identity]) -> dict[Identity, set[tuple[str, str]]]:
    """(source label, path) of the files that each identity is in."""
    found: dict[Identity, set[tuple[str, str]]] = {one: set() for one in wanted}
    for rule in rules if wanted else ():
        if rule.key.identity in found:
            found[rule.key.identity].add((rule.key.source, rule.path))
    return found


def _by_aliases(rules: Sequence[Rule], aliases: Aliases, sets: Unions) -> Iterator[str]:
    """Unite what each group names; gives a line for what can't be."""
    called = _called(rules, {name.casefold() for group in aliases for name in group})
    named = {rule.key.identity for found in called.values() for rule in found}
    places = _places(rules, named | sets.members().keys())
    for group in aliases:
        meant: dict[Identity, str] = {}
        told = False
        for name in group:
            found = {rule.key.identity: rule for rule in called.get(name.casefold(), ())}
            if len(found) != 1:
                told = True
                yield f"alias {name!r}: {_why_not_one(tuple(found.values()))}"
            for identity in found if len(found) == 1 else ():
                meant.setdefault(identity, name)
        if len(meant) == 1 and not told:
            yield f"alias {', '.join(map(repr, group))}: this is one rule without it"
        whole = sets.joined(meant)
        file = _shared_file(whole, places)
        if len(meant) > 1 and file is not None:
            names = ", ".join(map(repr, meant.values()))
            label, path = file
            yield f"alias {names}: {label}/{path} has two of them, which stay two rules"
        elif len(meant) > 1:
            sets.join(meant)


def _called(rules: Iterable[Rule], wanted: set[str]) -> Mapping[str, list[Rule]]:
    """The rules of each name, folded; where it is a key, those of this key alone."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for name in {one.casefold() for one in rule.names} & wanted:
            found[name].append(rule)
    for name, of in found.items():
        by_key = [rule for rule in of if str(rule.key).casefold() == name]
        found[name] = by_key or of
    return found


def _why_not_one(found: Sequence[Rule]) -> str:
    if not found:
        return "no rule is called so"
    keys = ", ".join(str(rule.key) for rule in found[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return f"{len(found):,} rules are called so ({keys}{more}); an alias names one"


def _shared_file(
    identities: Iterable[Identity], places: Mapping[Identity, set[tuple[str, str]]]
) -> tuple[str, str] | None:
    """A file that holds two of these."""
    seen: set[tuple[str, str]] = set()
    for one in identities:
        own = places.get(one, set())
        if shared := sorted(seen & own):
            return shared[0]
        seen |= own
    return None
