"""Reads sources into a corpus: documents in batches, known ones from the cache.

The cache knows files by their content, wherever they are: a history's and a folder's alike. Of
a folder it also knows what each batch came to the last time: see load.shelf.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import attrgetter

from detcov.cache import ParseCache
from detcov.load.reading import Memo, Reading, by_candidates, read_each
from detcov.load.recognise import suffixes
from detcov.load.shelf import BATCH, Shelf
from detcov.model import Corpus, Rule
from detcov.source import FolderSource, Source

Aliases = Sequence[Sequence[str]]
"""Groups of references to rules, each group one rule; see load.alias"""

Progress = Callable[[int], None]
"""Called with the number of documents just done"""

_AMENDS, _FORMER = attrgetter("amends"), attrgetter("former")
"""Asked of each rule of each revision: a third of a generator's time"""


def read_corpus(
    sources: Iterable[Source],
    *,
    cache: ParseCache | None = None,
    only: str | None = None,
    progress: Progress | None = None,
    memo: Memo | None = None,
    amend: bool = True,
) -> Corpus:
    """The rules of all sources, sorted by source and path; a bad file is a `ParseFailure`.

    `only` names the format (of `PARSERS`) that every file is read as, whatever it looks like.
    With `memo`, what an earlier call with the same one read is taken from there. Without `amend`
    the rules are as their own files have them: for a part of the files only.
    Raises `SourceError` where a source itself can't be opened.
    """
    cache = cache or ParseCache(None)
    reading = Reading()
    labels = []
    for source in sources:
        labels.append(source.label)
        if isinstance(source, FolderSource) and memo is None and cache.keeps:
            Shelf(source, cache, only).read(reading, progress)
            continue
        documents = source.documents(suffixes(only))
        while batch := list(islice(documents, BATCH)):
            for asked, found in by_candidates(batch, only, reading).items():
                read_each(found, asked, cache, memo, reading)
            if progress is not None:
                progress(len(batch))
    rules = _sorted(reading.rules)
    return Corpus(
        rules=amended_rules(rules) if amend else rules,
        failures=tuple(sorted(reading.failures, key=lambda one: (one.source, one.path))),
        ignored=reading.ignored,
        sources=tuple(labels),
    )


def amended_rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Rules, sorted by source and path, with the changes that other entries make to them."""
    if not any(map(_AMENDS, rules)):
        return rules
    from detcov.load.amend import amended

    return _sorted(amended(list(rules)))


def united(corpus: Corpus, aliases: Aliases = ()) -> Corpus:
    """The corpus, with the rules that are one by a stated alias or by a former id united."""
    if not aliases and not any(map(_FORMER, corpus.rules)):
        return corpus
    from detcov.load.alias import unite

    (found,) = unite((corpus,), aliases)
    return found


def _sorted(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=_order))


def _order(rule: Rule) -> tuple[str, str, int, int]:
    return rule.key.source, rule.path, rule.place.line, rule.place.start
