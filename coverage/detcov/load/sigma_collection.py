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
    found = list(_members(documents))
    claims = Counter(one.id_in for one in found if "id" in one.tree)
    return [
        structs.replace(one, tree={k: v for k, v in one.tree.items() if k != "id"})
        if "id" in one.tree and claims[one.id_in] > 1
        else one
        for one in found
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
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = (
            _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    found.pop("action", None)
    return found


def only_correlated(trees: Iterable[Mapping[Any, Any]]) -> frozenset[str]:
    """Names and ids of the rules that only feed a correlation of the same file."""
    found: set[str] = set()
    for tree in trees:
        correlation = tree.get("correlation")
        if isinstance(correlation, dict) and correlation.get("generate") is not True:
            found.update(texts(correlation.get("rules")))
    return frozenset(found)


def members_by_name(found: Iterable[Member]) -> dict[str, list[Member]]:
    """The rules of a file by what a correlation may call them."""
    named: defaultdict[str, list[Member]] = defaultdict(list)
    for one in found:
        for name in names(one.tree):
            named[name].append(one)
    return dict(named)


def called(tree: Mapping[Any, Any], named: Mapping[str, list[Member]]) -> list[Member] | None:
    """The rules of its file that a correlation names, in order; None of what is none."""
    if not isinstance(correlation := tree.get("correlation"), dict):
        return None
    rules = correlation.get("rules")
    listed = texts(rules[:MOST] if isinstance(rules, list) else rules)
    found = {one.index: one for name in listed for one in named.get(name, ())[:MOST]}
    return [found[index] for index in sorted(found)[:MOST] if found[index].tree is not tree]


def log_source(tree: Mapping[Any, Any], named: list[Member] | None) -> Any:
    """A rule's log source; a correlation's is the one that all the rules it names share."""
    if named is None:
        return tree.get("logsource")
    sources = [one.tree.get("logsource") for one in named]
    parts = [set(one.items()) for one in sources if isinstance(one, dict) and _is_plain(one)]
    if not parts or len(parts) < len(sources):
        return None
    return dict(set.intersection(*parts))


def _is_plain(source: Mapping[Any, Any]) -> bool:
    return all(isinstance(value, str) for value in source.values())


def names(tree: Mapping[Any, Any]) -> list[str]:
    """What a correlation may call a rule."""
    return [*texts(tree.get("name")), *texts(tree.get("id"))]
