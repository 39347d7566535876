"""From sources and a release to a Study, for notebooks and for the command line alike."""

from collections.abc import Iterable
from pathlib import Path

from detcov.attack.foreign import foreign_domain
from detcov.attack.release import Release
from detcov.attack.store import bundled_releases, default_release, load_release
from detcov.cache import ParseCache
from detcov.errors import SourceError
from detcov.load.corpus import Progress, read_corpus
from detcov.model import Corpus, CountMode
from detcov.source import MAX_BYTES, open_sources
from detcov.study import Study, StudyOptions, build_study


def read_rules(
    *sources: str | Path,
    cache_dir: Path | None = None,
    max_bytes: int = MAX_BYTES,
    rule_format: str | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """The rules of folders or files, each `PATH` or `label=PATH`.

    Files that can't be read are in `Corpus.failures`. With `cache_dir`, parsed files are kept
    there; with `rule_format` every file is read as that format. Raises `SourceError` for a path
    that isn't there, and where there is no rule at all.
    """
    cache = ParseCache(cache_dir / "parsed.sqlite" if cache_dir is not None else None)
    try:
        opened = open_sources(tuple(map(str, sources)), max_bytes=max_bytes)
        corpus = read_corpus(opened, cache=cache, only=rule_format, progress=progress)
    finally:
        cache.close()
    if not corpus.rules and not corpus.failures:
        labels = ", ".join(corpus.sources)
        raise SourceError(f"{labels}: no rules found among {corpus.ignored:,} files")
    return corpus


def study_of(
    corpus: Corpus,
    release: Release | None = None,
    *,
    known: Iterable[Release] = (),
    count: CountMode = "live",
    platforms: Iterable[str] = (),
    literal: bool = False,
) -> Study:
    """What a corpus covers of a release (the newest bundled one, unless one is given).

    `known` are further releases that the rules may be written for, beside the bundled ones.
    `count`, `platforms` and `literal` are those of `StudyOptions`. Raises `UsageError`
    for a platform that the release doesn't have.
    """
    options = StudyOptions(count=count, platforms=tuple(platforms), literal=literal)
    return build_study(
        corpus,
        release or default_release(),
        known=(*bundled_releases(), *known),
        options=options,
        foreign=foreign_domain,
    )


__all__ = ["load_release", "read_rules", "study_of"]
