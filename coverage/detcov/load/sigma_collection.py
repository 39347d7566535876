"""Sigma rules that share a file: global parts, and correlations of rules beside them.

Collections are of the older Sigma: `action: global` gives fields to the documents behind it,
`reset` forgets them, `repeat` takes those of the document before. Correlations are of today's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, structs

from detcov.load.values import texts

_Tree = dict[Any, Any]
MOST: Final = 100
"""Rules that a correlation is followed to: many of both would take quadratic time"""


class Member(Struct, frozen=True, kw_only=True):
    """A document that is a rule of its own, the shared fields in it."""

    index: int
    """Position among the file's documents"""
    tree: _Tree
    tags_in: int
    """The document in which its tags stand"""
    id_in: int
    """The document in which its id stands"""


def members(documents: list[Any]) -> list[Member]:
    """The rules' documents of a file.

    The id of a global part names the collection: where several documents would have it, none has.
    """
    of_file = list(_members(documents))
    claims = Counter(member.id_in for member in of_file if "id" in member.tree)
    return [
        structs.replace(member, tree={k: v for k, v in member.tree.items() if k != "id"})
        if "id" in member.tree and claims[member.id_in] > 1
        else member
        for member in of_file
    ]


def _members(documents: list[Any]) -> Iterator[Member]:
    shared = Member(index=0, tree={}, tags_in=0, id_in=0)
    before = shared
    for index, tree in enumerate(documents):
        if not isinstance(tree, dict):
            continue
        action = tree.get("action")
        if action == "reset":
            shared = Member(index=index, tree={}, tags_in=index, id_in=index)
        elif action == "global" and len(documents) > 1:
            shared = _over(shared, tree, index)
        else:
            before = _over(before if action == "repeat" else shared, tree, index)
            yield before


def _over(below: Member, tree: _Tree, index: int) -> Member:
    return Member(
        index=index,
        tree=_merged(below.tree, tree),
        tags_in=index if "tags" in tree else below.tags_in,
        id_in=index if "id" in tree else below.id_in,
    )


def _merged(below: _Tree, above: _Tree) -> _Tree:
    """Mappings united, key by key; of anything else the one above counts."""
    if not below:
        return above
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    merged.pop("action", None)
    return merged


def feeding_correlations(trees: Iterable[Mapping[Any, Any]]) -> frozenset[str]:
    """Names and ids of the rules that only feed a correlation of the same file."""
    feeding: set[str] = set()
    for tree in trees:
        correlation = tree.get("correlation")
        if isinstance(correlation, dict) and correlation.get("generate") is not True:
            feeding.update(texts(correlation.get("rules")))
    return frozenset(feeding)


def members_by_name(of_file: Iterable[Member]) -> dict[str, list[Member]]:
    """The rules of a file by what a correlation may call them."""
    by_name: defaultdict[str, list[Member]] = defaultdict(list)
    for member in of_file:
        for name in names(member.tree):
            by_name[name].append(member)
    return dict(by_name)


def called(tree: Mapping[Any, Any], by_name: Mapping[str, list[Member]]) -> list[Member] | None:
    """The rules of its file that a correlation names, in order; None for any other rule."""
    if not isinstance(correlation := tree.get("correlation"), dict):
        return None
    rules = correlation.get("rules")
    listed = texts(rules[:MOST] if isinstance(rules, list) else rules)
    named = {member.index: member for name in listed for member in by_name.get(name, ())[:MOST]}
    return [named[index] for index in sorted(named)[:MOST] if named[index].tree is not tree]


def log_source(tree: Mapping[Any, Any], named: list[Member] | None) -> Any:
    """A rule's log source; a correlation's is the one that all the rules it names share."""
    if named is None:
        return tree.get("logsource")
    sources = [member.tree.get("logsource") for member in named]
    parts = [
        set(source.items()) for source in sources if isinstance(source, dict) and _is_plain(source)
    ]
    if not parts or len(parts) < len(sources):
        return None
    return dict(set.intersection(*parts))


def _is_plain(source: Mapping[Any, Any]) -> bool:
    return all(isinstance(value, str) for value in source.values())


def names(tree: Mapping[Any, Any]) -> list[str]:
    """What a correlation may call a rule."""
    return [*texts(tree.get("name")), *texts(tree.get("id"))]
