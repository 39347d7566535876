"""From sources and a release to a Study, for notebooks and for the command line alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from detcov.attack.foreign import foreign_domain
from detcov.attack.release import Release
from detcov.attack.store import (
    bundled_releases,
    default_release,
    load_detections,
    load_release,
)
from detcov.cache import ParseCache
from detcov.errors import SourceError, UsageError
from detcov.load import PARSERS
from detcov.load.corpus import Aliases, Progress, read_corpus, united
from detcov.model import Corpus, CountMode
from detcov.source import MAX_BYTES, FolderSource, Source, open_sources
from detcov.study import Study, StudyOptions, build_study

if TYPE_CHECKING:
    from detcov.analysis.gap_study import GapContext, GapStudy
    from detcov.analysis.kubernetes_lens import Lens
    from detcov.analysis.suggest import Suggestions
    from detcov.analysis.threat import ThreatStudy
    from detcov.attack.threats import Actor, Threats
    from detcov.facts import Facts


def read_rules(
    *sources: str | Path,
    cache_dir: Path | None = None,
    max_bytes: int = MAX_BYTES,
    exclude: Iterable[str] = (),
    rule_format: str | None = None,
    aliases: Aliases = (),
    progress: Progress | None = None,
) -> Corpus:
    """The rules of folders or files, each `PATH` or `label=PATH`.

    Files that can't be read are in `Corpus.failures`, those that hold no rule in
    `Corpus.passed_over`, with the reason. With `cache_dir`, parsed files are kept there; with
    `rule_format` every file is read as that format. `exclude` are globs of files to leave out,
    below each source. `aliases` are groups of references to rules, each group one rule
    (docs/config.md); what comes to nothing is in `Corpus.notes`. `progress` is called with the
    number of files read since the last call. Raises `SourceError` for a path that isn't there, and
    where there is no rule and no file that couldn't be read; `UsageError` for an unknown
    `rule_format` and a wrong glob.
    """
    if rule_format is not None and rule_format not in PARSERS:
        raise UsageError(f"no rule format {rule_format!r} (there are {', '.join(PARSERS)})")
    opened = open_sources(tuple(map(str, sources)), max_bytes=max_bytes, exclude=exclude)
    corpus = read_opened(opened, cache_dir=cache_dir, rule_format=rule_format, progress=progress)
    return united(corpus, aliases)


def read_opened(
    sources: Sequence[Source],
    *,
    cache_dir: Path | None = None,
    rule_format: str | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """The same of sources of any kind, without what unites rules beside their UUIDs."""
    with closing(ParseCache.in_folder(cache_dir)) as cache:
        corpus = read_corpus(sources, cache=cache, only=rule_format, progress=progress)
    if not corpus.rules and not corpus.failures:
        from detcov.load.mistaken import no_rules

        roots = (one.root for one in sources if isinstance(one, FolderSource))
        raise SourceError(no_rules(corpus, roots))
    return corpus


def unite_rules(*corpora: Corpus, aliases: Aliases = ()) -> tuple[Corpus, ...]:
    """The corpora with the rules united that are one by an alias, across them too.

    For rules and the candidates they are compared with (`suggest_from`, `gaps_of`): `aliases` as
    for `read_rules`, what comes to nothing in `notes` of the first.
    """
    from detcov.load.alias import unite

    return unite(corpora, aliases)


def study_of(
    corpus: Corpus,
    release: Release | None = None,
    *,
    known: Iterable[Release] = (),
    count: CountMode = "live",
    platforms: Iterable[str] = (),
    literal: bool = False,
    facts: Facts | None = None,
    cache_dir: Path | None = None,
) -> Study:
    """What a corpus covers of a release (the newest bundled one, unless one is given).

    `known` are further releases that the rules may be written for, beside the bundled ones.
    `count` says which rules count ("live", "active", "all"), `platforms` limits techniques and
    rules to those, and `literal` judges against the release alone. `facts` about the estate
    (`read_facts`) give the Study its stages; `cache_dir` holds the index of a release read from a
    file. Raises `UsageError` for an unknown `count` and a platform that the release doesn't have.
    """
    if count not in get_args(CountMode):
        raise UsageError(f"no count {count!r} (there are {', '.join(get_args(CountMode))})")
    release = release or default_release()
    options = StudyOptions(count=count, platforms=tuple(platforms), literal=literal)
    return build_study(
        corpus,
        release,
        known=(*bundled_releases(), *known),
        options=options,
        foreign=foreign_domain,
        facts=facts,
        detections=load_detections(release, cache_dir=cache_dir) if facts is not None else None,
    )


def gaps_of(  # noqa: PLR0913 - the one call of a notebook: what it narrows down by
    study: Study,
    *platforms: str,
    tactics: Iterable[str] = (),
    groups: Iterable[str] = (),
    software: Iterable[str] = (),
    campaigns: Iterable[str] = (),
    scope: Iterable[str] = (),
    weights: Iterable[str] = (),
    candidates: Corpus | None = None,
    cache_dir: Path | None = None,
) -> tuple[GapStudy, ...]:
    """The gaps of platforms (of all that the release has, unless some are given), ranked.

    Only techniques of `tactics`, and those that one of `groups`, `software` and `campaigns` uses,
    each by id or name. `scope` and `weights` are written as the settings of that name
    (docs/gaps.md). `candidates` are rules of other corpora, which may close a gap. Raises
    `UsageError` for a name that the release doesn't have, and for a wrong setting.
    """
    from detcov.analysis.gap_study import GapOptions, find_tactics, study_gaps
    from detcov.analysis.rank import parse_weights
    from detcov.analysis.scope import parse_scope
    from detcov.attack.platforms import NO_PLATFORM, find_platforms

    release, study = study.release, study.of_all_platforms
    weighed, columns = parse_weights(weights), parse_scope(scope)
    names = find_platforms(release, platforms or release.platforms) or (NO_PLATFORM,)
    context = _gap_context(study, candidates, cache_dir)
    actors = _named_actors(context.threats, groups, software, campaigns)
    options = GapOptions(
        tactics=tuple(one.shortname for one in find_tactics(release, tactics)),
        actors=actors,
        weights=weighed,
        scope=columns,
    )
    return tuple(
        study_gaps(release, study.corpus, study.coverage, name, context=context, options=options)
        for name in names
    )


def _named_actors(
    threats: Threats, groups: Iterable[str], software: Iterable[str], campaigns: Iterable[str]
) -> tuple[Actor, ...]:
    """Those of these names. Raises `UsageError` where the texts given name nobody (",")."""
    from detcov.attack.actors import find_actors

    groups, software, campaigns = tuple(groups), tuple(software), tuple(campaigns)
    actors = (
        *find_actors(threats, groups, "group"),
        *find_actors(threats, software, "software"),
        *find_actors(threats, campaigns, "campaign"),
    )
    if not actors and (groups or software or campaigns):
        raise UsageError("no group, software or campaign is named")
    return actors


def _gap_context(study: Study, candidates: Corpus | None, cache_dir: Path | None) -> GapContext:
    from detcov.analysis.gap_study import GapContext, Others
    from detcov.attack.kubernetes_matrix import load_kubernetes_matrix
    from detcov.attack.store import load_detections, load_threats

    others = None
    if candidates is not None:
        theirs = _study_like(study, candidates)
        others = Others(corpus=theirs.corpus, coverage=theirs.coverage)
    return GapContext(
        threats=load_threats(study.release, cache_dir=cache_dir),
        detections=load_detections(study.release, cache_dir=cache_dir),
        matrix=load_kubernetes_matrix(),
        others=others,
        estate=study.estate,
    )


def _study_like(study: Study, corpus: Corpus) -> Study:
    """The study of other rules, of all platforms, seen and counted as those of a study."""
    options = StudyOptions(count=study.coverage.count)
    return build_study(
        corpus, study.release, known=study.known, options=options, foreign=foreign_domain
    )


def threat_of(
    study: Study,
    actors: Sequence[Actor],
    *,
    threats: Threats | None = None,
    platforms: Iterable[str] = (),
    scope: Iterable[str] = (),
    with_software: bool = False,
) -> ThreatStudy:
    """What of the techniques of groups, campaigns and software (`find_actors`) the rules cover.

    `platforms` are those in scope, all unless given, whatever the study's own are. `scope` puts
    rules into columns for Containers, as the setting does. `with_software` adds what their
    software uses. Raises `UsageError` for an unknown platform, a wrong setting, and where nobody
    is named.
    """
    from detcov.analysis.scope import columns_of, parse_scope
    from detcov.analysis.threat import study_threat
    from detcov.attack.platforms import find_platforms
    from detcov.attack.store import load_threats

    release, corpus, study = study.release, study.corpus, study.of_all_platforms
    return study_threat(
        release,
        corpus,
        study.coverage,
        threats or load_threats(release),
        actors,
        platforms=find_platforms(release, platforms),
        columns=columns_of(corpus, study.coverage.count, parse_scope(scope)),
        with_software=with_software,
    )


def suggest_from(
    study: Study,
    candidates: Corpus,
    *,
    threats: Threats | None = None,
    platforms: Iterable[str] = (),
    scope: Iterable[str] = (),
    weights: Iterable[str] = (),
    most: int = 20,
) -> Suggestions:
    """Choose at most `most` rules of `candidates` that close the most of what `study` leaves open.

    `platforms` are those in scope, all unless given, whatever the study's own are. `scope` and
    `weights` are texts as in the settings. Raises `UsageError` for an unknown platform or text.
    """
    from detcov.analysis.rank import parse_weights
    from detcov.analysis.scope import columns_of, parse_scope
    from detcov.analysis.suggest import Rules, suggest
    from detcov.attack.kubernetes_matrix import load_kubernetes_matrix
    from detcov.attack.platforms import find_platforms
    from detcov.attack.store import load_threats

    release, settings, study = study.release, parse_scope(scope), study.of_all_platforms
    ours, theirs = (
        Rules(
            corpus=one.corpus,
            coverage=one.coverage,
            columns=columns_of(one.corpus, one.coverage.count, settings),
        )
        for one in (study, _study_like(study, candidates))
    )
    return suggest(
        release,
        ours,
        theirs,
        threats or load_threats(release),
        platforms=find_platforms(release, platforms),
        matrix=load_kubernetes_matrix().attack_in(release),
        weights=parse_weights(weights),
        most=most,
    )


def kubernetes_lens(study: Study, *, scope: Iterable[str] = ()) -> Lens:
    """The rules of a study in Microsoft's Threat Matrix for Kubernetes, whatever they state.

    `scope` puts rules into columns, as the setting does. Raises `UsageError` for a wrong one.
    """
    from detcov.analysis.kubernetes_lens import Lens, look_through
    from detcov.analysis.scope import columns_of, parse_scope
    from detcov.attack.kubernetes_matrix import load_kubernetes_matrix

    matrix, study = load_kubernetes_matrix(), study.of_all_platforms
    columns = columns_of(study.corpus, study.coverage.count, parse_scope(scope))
    rows = look_through(matrix, study.release, study.coverage, columns)
    return Lens(matrix=matrix, columns=columns, rows=rows)


def read_facts(*paths: str | Path, date: str | None = None, max_bytes: int = MAX_BYTES) -> Facts:
    """What is known of an estate, from CSV, YAML and JSON files (docs/facts.md).

    `date` is the day that expiries are judged on; without one none is. What couldn't be read is
    in `Facts.failures`. Raises `UsageError` for a `date` that is no day such as 2026-05-05.
    """
    from detcov.load import facts

    return facts.read_facts(*paths, date=date, max_bytes=max_bytes)


__all__ = [
    "gaps_of",
    "kubernetes_lens",
    "load_release",
    "read_facts",
    "read_rules",
    "study_of",
    "suggest_from",
    "threat_of",
    "unite_rules",
]
