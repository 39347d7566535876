"""Reads sources into a corpus: what is in the cache is not parsed again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import msgspec
from msgspec import structs

from detcov.cache import ParseCache
from detcov.load.recognise import Candidates, FileRules, candidates, rules_of_file, suffixes
from detcov.model import Corpus, ParseFailure, PassedOver, Reason, Rule
from detcov.source import Document, Source

BATCH = 256
"""Documents that are looked up in the cache, and written to it, at once"""

Aliases = Sequence[Sequence[str]]
"""Groups of references to rules, each group one rule; see load.alias"""

Progress = Callable[[int], None]
"""Called with the number of documents just done"""


def read_corpus(
    sources: Iterable[Source],
    *,
    cache: ParseCache | None = None,
    only: str | None = None,
    progress: Progress | None = None,
    amend: bool = True,
) -> Corpus:
    """The rules of all sources, sorted by source and path; a bad file is a `ParseFailure`.

    `only` names the format (of `PARSERS`) that every file is read as, and no other one.
    Without `amend` the rules are as their own files have them: for a part of the files only.
    Raises `SourceError` where a source itself can't be opened.
    """
    cache = cache or ParseCache(None)
    labels = []
    rules: list[Rule] = []
    failures: list[ParseFailure] = []
    passed_over: list[PassedOver] = []
    for source in sources:
        labels.append(source.label)
        items = source.documents(suffixes(only))
        while batch := list(islice(items, BATCH)):
            documents: defaultdict[Candidates, list[Document]] = defaultdict(list)
            for item in batch:
                if isinstance(item, ParseFailure):
                    failures.append(item)
                elif isinstance(item, PassedOver):
                    passed_over.append(item)
                elif (asked := _candidates(item.path, only)) is None:
                    # A file that is the source itself is handed on whatever its ending.
                    passed_over.append(_passed_over(item, Reason.ENDING))
                else:
                    documents[asked].append(item)
            for asked, of_syntax in documents.items():
                for document, file in _read(of_syntax, asked, cache):
                    rules += _labelled(document.label, file.rules)
                    failures += (
                        ParseFailure(
                            source=document.label,
                            path=document.path,
                            message=broken.message,
                            place=broken.place,
                        )
                        for broken in file.broken
                    )
                    if file.reason is not None:
                        passed_over.append(_passed_over(document, file.reason, file.format))
            if progress is not None:
                progress(len(batch))
    in_order = _sorted(rules)
    return Corpus(
        rules=amended_rules(in_order) if amend else in_order,
        failures=tuple(sorted(failures, key=lambda failure: (failure.source, failure.path))),
        ignored=len(passed_over),
        passed_over=tuple(sorted(passed_over, key=lambda each: (each.source, each.path))),
        sources=tuple(labels),
    )


def _passed_over(document: Document, reason: Reason, rule_format: str = "") -> PassedOver:
    return PassedOver(source=document.label, path=document.path, reason=reason, format=rule_format)


def _candidates(path: str, only: str | None) -> Candidates | None:
    return candidates("." + path.rpartition(".")[2].lower(), only)


def _read(
    documents: Sequence[Document], asked: Candidates, cache: ParseCache
) -> Iterable[tuple[Document, FileRules]]:
    """What each file comes to, from the cache or by parsing it."""
    identity = asked.identity
    # The path decides, too: on a rule's id where it has none, and on its state by its folders.
    keys = [f"{document.key} {document.path}" for document in documents]
    kept = cache.get_many(identity, keys)
    fresh: dict[str, bytes] = {}
    for document, key in zip(documents, keys, strict=True):
        file = _decoded(kept.get(key))
        if file is None:
            file = rules_of_file(document.read(), document.path, asked)
            if cache.keeps:
                fresh[key] = msgspec.msgpack.encode(file)
        yield document, file
    cache.put_many(identity, fresh)


_FILE_RULES = msgspec.msgpack.Decoder(FileRules)


def _decoded(value: memoryview | None) -> FileRules | None:
    """What the cache kept; None where it kept nothing, or something else."""
    if value is None:
        return None
    try:
        return _FILE_RULES.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _labelled(source: str, rules: Iterable[Rule]) -> Iterable[Rule]:
    for rule in rules:
        yield structs.replace(rule, key=structs.replace(rule.key, source=source))


def amended_rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Rules, sorted by source and path, with the changes that other entries make to them."""
    if not any(rule.amends for rule in rules):
        return rules
    from detcov.load.amend import amended

    return _sorted(amended(list(rules)))


def united(corpus: Corpus, aliases: Aliases = ()) -> Corpus:
    """The corpus, with the rules that are one by a stated alias or by a former id united."""
    if not aliases and not any(rule.former for rule in corpus.rules):
        return corpus
    from detcov.load.alias import unite

    (unified,) = unite((corpus,), aliases)
    return unified


def _sorted(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(
        sorted(
            rules,
            key=lambda rule: (rule.key.source, rule.path, rule.place.line, rule.place.start),
        )
    )
