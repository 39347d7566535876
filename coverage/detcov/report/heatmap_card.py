"""The parts of the heatmap that stand without a script: numbers, findings, method card."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio, TacticCoverage
from detcov.model import CountMode, Finding, Severity, State
from detcov.report.clean import clean
from detcov.report.words import counted, many
from detcov.study import Study

MITRE_NOTICE = (
    "© The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation. MITRE ATT&CK® and ATT&CK® are registered trademarks of "
    "The MITRE Corporation."
)

_COUNT_WORDS: dict[CountMode, str] = {
    "live": "live rules: not deprecated, alert, are detections and aren't switched off",
    "active": "active rules: all that aren't deprecated",
    "all": "all rules, deprecated ones too",
}

_DEFINITIONS = (
    (
        "Covered: at least one own rule states the technique. A sub-technique may count towards "
        "its parent, in a number of its own; never the reverse."
    ),
    "PRE-only techniques leave numerator and denominator of the headline together.",
    (
        "Per tactic: techniques with a rule that states them there. Inferred cells come from "
        "rules that state no fitting tactic; they are drawn and shown as “+n inferred”, never in "
        "the ratio."
    ),
    (
        "Per platform: a rule counts only if it states the platform itself; rules that state none "
        "are shown as unstated and never added in."
    ),
    "n/a: the tactic has no technique in scope. That is not a gap.",
)


class CardRow(Struct, frozen=True, kw_only=True):
    """One row of the method card."""

    label: str
    lines: tuple[str, ...]


class FindingRow(Struct, frozen=True, kw_only=True):
    """Findings of one code, severity and kind."""

    code: str
    name: str
    severity: str
    drift: bool
    findings: int
    rules: int


class TacticLine(Struct, frozen=True, kw_only=True):
    """One tactic in words."""

    name: str
    counts: str
    percent: str
    inferred: int


class Stat(Struct, frozen=True, kw_only=True):
    """One number above the matrix; the script finds it by `key`."""

    key: str
    label: str
    percent: str
    counts: str
    definition: str


def stats(coverage: Coverage) -> tuple[Stat, ...]:
    """The headline, the range beside it, PRE-only counts."""
    found = [
        _stat("headline", "Covered", coverage.headline),
        _stat("two_or_more", "Two rules or more", coverage.two_or_more),
        _stat("parents_with_via", "Parents, own or via subs", coverage.parents_with_via),
        _stat("some_claim", "Some claim, any platform", coverage.some_claim),
    ]
    pre = coverage.pre_only
    found.append(
        Stat(
            key="pre_only",
            label="PRE-only",
            percent=f"{pre.numerator:,}",
            counts=f"with a rule, {pre.denominator:,} in all",
            definition=pre.definition,
        )
    )
    return tuple(found)


def tactic_lines(coverage: Coverage) -> tuple[TacticLine, ...]:
    """Every tactic in matrix order."""
    return tuple(_tactic_line(tactic) for tactic in coverage.tactics)


def finding_rows(findings: Iterable[Finding]) -> tuple[FindingRow, ...]:
    """Findings by code: errors first, then by number."""
    sums: Counter[tuple[str, str, Severity, bool]] = Counter()
    rules: dict[tuple[str, str, Severity, bool], set[tuple[str, str, str]]] = {}
    for finding in findings:
        key = (finding.code, finding.name, finding.severity, finding.drift)
        sums[key] += 1
        found = rules.setdefault(key, set())
        if finding.source:  # a fact's finding is about no rule
            found.add((finding.source, finding.path, finding.rule_id))
    order = list(Severity)
    ranked = sorted(sums.items(), key=lambda item: (order.index(item[0][2]), -item[1], item[0][0]))
    return tuple(
        FindingRow(
            code=key[0],
            name=key[1],
            severity=key[2].value,
            drift=key[3],
            findings=number,
            rules=len(rules[key]),
        )
        for key, number in ranked
    )


def method_card(study: Study) -> tuple[CardRow, ...]:
    """How the numbers came about."""
    coverage = study.coverage
    return (
        dataset_row(study),
        CardRow(label="Sources", lines=_source_lines(study)),
        rules_row(study),
        CardRow(
            label="Scope",
            lines=(
                "Platforms: " + (", ".join(coverage.platforms) or "all"),
                f"{len(coverage.techniques):,} techniques, {len(coverage.cells):,} cells",
            ),
        ),
        CardRow(label="Definitions", lines=_DEFINITIONS),
        CardRow(label="Ledger", lines=_ledger_lines(study)),
        CardRow(
            label="Limits",
            lines=(
                (
                    "Mapped is not detected: a mapping says what a rule was written to see, not "
                    "that it is deployed, fed with data or tested."
                ),
            ),
        ),
        CardRow(label="Notice", lines=(MITRE_NOTICE,)),
    )


def dataset_row(study: Study) -> CardRow:
    """Which release, and which others were looked into."""
    release = study.release
    known = ", ".join(each.version or "unknown version" for each in study.known)
    return CardRow(
        label="Dataset",
        lines=(
            f"{release.title} ({release.domain}), {release.origin or 'origin unknown'}",
            f"SHA-256 {release.sha256 or 'unknown'}",
            f"Releases looked into for mappings of other versions: {known}",
        ),
    )


def rules_row(study: Study) -> CardRow:
    """How many rules were read, counted, and left out for which reasons."""
    coverage, corpus = study.coverage, study.corpus
    unread, passed_over = len(corpus.unread), corpus.ignored
    return CardRow(
        label="Rules",
        lines=(
            f"{corpus.distinct:,} read, {len(coverage.counted):,} counted",
            f"Counted: {_COUNT_WORDS[coverage.count]}",
            *_left_out(study),
            f"Files: {unread:,} couldn't be read in full, {passed_over:,} passed over",
        ),
    )


def _stat(key: str, label: str, ratio: Ratio) -> Stat:
    return Stat(
        key=key,
        label=label,
        percent=ratio.percent,
        counts=counted(ratio),
        definition=ratio.definition,
    )


def _tactic_line(entry: TacticCoverage) -> TacticLine:
    if entry.techniques == 0:
        counts, percent = "n/a", "n/a"
    elif entry.pre_only:
        counts, percent = f"{entry.covered} with a rule, {entry.techniques} in all", "PRE-only"
    else:
        counts, percent = f"{entry.covered} of {entry.techniques}", entry.ratio.percent
    return TacticLine(
        name=entry.tactic.name, counts=counts, percent=percent, inferred=entry.inferred
    )


def _source_lines(study: Study) -> tuple[str, ...]:
    corpus = study.corpus
    sums = Counter(label for index in corpus.copies for label in corpus.labels_of(index))
    versions: dict[str, list[str]] = {}
    for one in study.ledger.estimates:
        if one.versions != "unknown":
            versions.setdefault(one.source, []).append(f"{one.versions} ({one.format})")
    return tuple(
        clean(f"{label}: {many(sums[label], 'rule')}, {_written_for(versions.get(label, []))}")
        for label in corpus.sources
    )


def _written_for(versions: list[str]) -> str:
    if not versions:
        return "written for no release that can be told"
    return f"written for ATT&CK {', '.join(versions)}, by estimate"


def _left_out(study: Study) -> tuple[str, ...]:
    corpus, coverage = study.corpus, study.coverage
    platforms = corpus.counted(coverage.count).platforms
    sums = Counter(
        _why_left_out(corpus.rules[index].state, coverage.count, stated=bool(platforms.get(index)))
        for index in set(corpus.canonical) - {*coverage.counted}
    )
    return tuple(f"Left out, {why}: {number:,}" for why, number in sorted(sums.items()))


def _why_left_out(state: State, count: CountMode, *, stated: bool) -> str:
    if count != "all" and not state.active:
        return "deprecated"
    if count == "live":
        if state.emits.value != "alert":
            return f"building block or the like (emits {state.emits.value})"
        if state.kind.value != "detection":
            return f"no detection of its own (kind {state.kind.value})"
        if state.enabled.value == "no":
            return "not enabled"
    return "for other platforms only" if stated else "no platform stated"


def _ledger_lines(study: Study) -> tuple[str, ...]:
    ledger = study.ledger
    return (
        (
            f"{ledger.claims:,} claims of active rules, by what became of technique / tactic. "
            f"{ledger.carried:,} were carried to {study.release.version or 'this release'}, "
            f"{ledger.need_person:,} of them need a person; {ledger.newer:,} are newer"
        ),
        *(
            f"{number:,} stated techniques and tactics are of ATT&CK {version}, a later release"
            for version, number in ledger.ahead.items()
        ),
        *(
            f"Active rules with an id or a tactic's name that only ATT&CK {version} has, of the "
            f"releases looked into: {number:,}"
            for version, number in ledger.marks.items()
        ),
        *(f"{key.replace('/', ' / ')}: {number:,}" for key, number in ledger.outcomes.items()),
    )
