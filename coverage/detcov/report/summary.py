"""The summary of a run: what an engineer reads first, as a Document."""

from collections import Counter
from collections.abc import Iterator, Mapping

from detcov.analysis.coverage import Coverage, Depth, TacticCoverage
from detcov.model import Severity
from detcov.report.document import Blank, Column, Document, Part, Sentence, Table
from detcov.report.words import COUNTED, counted, dataset, many
from detcov.study import Study

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def summary(study: Study, *, newer: str | None = None) -> Document:
    """What the run found, as a document; `newer` says in words that a later release is out."""
    parts = (
        *_headline(study, newer),
        *_stages(study),
        Blank(),
        *_rules(study),
        Blank(),
        _tactics(study.coverage),
        Blank(),
        *_sources(study),
        *_ledger(study),
        Blank(),
        *_findings(study),
    )
    return Document(title="Coverage", parts=parts)


def _headline(study: Study, newer: str | None) -> Iterator[Part]:
    coverage = study.coverage
    ratio = coverage.headline
    yield Sentence(text=dataset(study, newer, coverage.platforms))
    yield Sentence(text=f"{counted(ratio)} techniques covered ({ratio.percent})", strong=True)
    yield Sentence(
        text="covered: at least one counted rule maps the technique itself"
        + (" and states the platform" if coverage.platforms else ""),
        indent=1,
    )
    two, parents = coverage.two_or_more, coverage.parents_with_via
    yield Sentence(
        text=f"range: {two.numerator:,} ({two.percent}) with two rules or more; "
        f"{counted(parents)} parents ({parents.percent}), own or via sub-techniques",
        indent=1,
    )
    if coverage.platforms:
        some = coverage.some_claim
        yield Sentence(
            text=f"{counted(some)} have a claim of some rule, whatever platform it states",
            indent=1,
        )
    if coverage.pre_only.denominator:
        yield Sentence(
            text=f"aside: {counted(coverage.pre_only)} PRE-only techniques "
            "(reconnaissance, resource development)",
            indent=1,
        )
    yield Sentence(text=_depths(coverage), indent=1)


def _depths(coverage: Coverage) -> str:
    depths = Counter(
        one.depth for one in coverage.techniques.values() if not one.technique.pre_only
    )
    return (
        f"depth: {depths[Depth.NONE]:,} none, {depths[Depth.ONE]:,} one rule, "
        f"{depths[Depth.SEVERAL]:,} several"
    )


def _stages(study: Study) -> Iterator[Part]:
    """How far detection has come, where facts about the estate are at hand."""
    if study.stages is None or study.facts is None:
        return
    from detcov.report.stages import stage_parts

    yield Blank()
    yield from stage_parts(study.stages, study.facts)


def _rules(study: Study) -> Iterator[Part]:
    corpus, states = study.corpus, study.states
    n = corpus.distinct
    yield Sentence(
        text=f"Rules: {n:,} read; {states['live']:,} live, "
        f"{states['not live']:,} active but not live, {states['deprecated']:,} deprecated."
        f" Counted: {COUNTED[study.coverage.count]}."
    )
    if corpus.failures or corpus.ignored:
        yield Sentence(
            text=f"Files: {len(corpus.unread):,} couldn't be read in full, "
            f"{corpus.ignored:,} passed over."
        )


def _tactics(coverage: Coverage) -> Table:
    columns = (
        Column(name="Tactic"),
        Column(name="covered", align="right"),
        Column(name="", align="right"),
        Column(name="inferred", align="right"),
    )
    return Table(columns=columns, rows=tuple(map(_tactic, coverage.tactics)))


def _tactic(one: TacticCoverage) -> tuple[str, str, str, str]:
    if not one.techniques:
        return one.tactic.name, "n/a", "", ""
    inferred = f"+{one.inferred}" if one.inferred else ""
    return one.tactic.name, counted(one.ratio), one.ratio.percent, inferred


def _sources(study: Study) -> Iterator[Part]:
    """What each source covers; nothing where there is one."""
    if len(study.corpus.sources) < 2:
        return
    columns = (
        Column(name="Source", shrink=True),
        Column(name="rules that count", align="right"),
        Column(name="covered", align="right"),
        Column(name="by no other", align="right"),
    )
    rows = tuple(
        (one.label, f"{one.rules:,}", counted(one.covered), f"{one.alone:,}")
        for one in study.by_source
    )
    yield Table(columns=columns, rows=rows)
    yield Blank()


def _ledger(study: Study) -> Iterator[Part]:
    ledger, target = study.ledger, study.release.version or "this release"
    formats = Counter(one.source for one in ledger.estimates)
    for one in ledger.estimates:
        if one.versions != "unknown":
            label = f"{one.source} ({one.format})" if formats[one.source] > 1 else one.source
            rules = ", ".join(f"{version} in {n:,}" for version, n in one.stated.items())
            stated = f" Rules that state it: {rules}." if rules else ""
            yield Sentence(text=f"{label}: written for ATT&CK {one.versions}.{stated}")
    if ledger.ahead:
        yield Sentence(text=_ahead(ledger.ahead), strong=True)
    if ledger.carried:
        text = f"{many(ledger.carried, 'mapping')} carried to {target}"
        if ledger.need_person:
            text += f", {ledger.need_person:,} need a person (detcov check --person lists them)"
        yield Sentence(text=f"{text}.")
    if ledger.newer:
        yield Sentence(text=f"{many(ledger.newer, 'mapping')} newer than {target}: not drawn.")
    sums = ", ".join(f"{outcome} {n:,}" for outcome, n in ledger.outcomes.items())
    if sums:
        yield Sentence(text=f"Ledger (technique/tactic, claims of active rules): {sums}.")


def _ahead(ahead: Mapping[str, int]) -> str:
    """Say what to do about rules that are newer than the dataset."""
    of = " and ".join(f"{number:,} of ATT&CK {version}" for version, number in ahead.items())
    newest = list(ahead)[-1]
    total = sum(ahead.values())
    noun = "technique or tactic is" if total == 1 else "techniques and tactics are"
    if len(ahead) == 1:
        return f"{total:,} stated {noun} of ATT&CK {newest}: use --attack {newest}."
    return f"{total:,} stated {noun} newer ({of}): use --attack {newest}."


def _findings(study: Study) -> Iterator[Part]:
    groups = Counter((one.severity, one.code, one.name, one.drift) for one in study.findings)
    errors = sum(n for (severity, *_), n in groups.items() if severity is Severity.ERROR)
    drift = sum(n for (*_, is_drift), n in groups.items() if is_drift)
    if not groups:
        yield Sentence(text="Findings: none.")
        return
    yield Sentence(
        text=f"Findings: {len(study.findings):,}; {many(errors, 'error')}, {drift:,} drift "
        "(right in an earlier release).",
        strong=errors > 0,
    )
    columns = (
        Column(name=""),
        Column(name=""),
        Column(name=""),
        Column(name="", align="right"),
    )
    rows = tuple(
        ("drift" if is_drift else severity.value, code, name, f"{n:,}")
        for (severity, code, name, is_drift), n in sorted(
            groups.items(), key=lambda item: (item[0][3], _ORDER.index(item[0][0]), item[0][1])
        )
    )
    yield Table(columns=columns, rows=rows)
