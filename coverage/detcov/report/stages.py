"""What facts make of a coverage, as parts of a Document and as JSON (docs/facts.md)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detcov.analysis.stages import (
    STAGES,
    RuleStanding,
    StageCount,
    Stages,
    StageSums,
    TechniqueStages,
    words,
)
from detcov.facts import Fact, Facts
from detcov.report.document import Blank, Cell, Column, Number, Part, Sentence, Table

_LISTED: Final = 10
"""Accepted gaps that the summary names; coverage.json has all"""


def stage_parts(stages: Stages, facts: Facts) -> Iterator[Part]:
    """How far detection has come, for the summary."""
    yield Sentence(text=read_in_words(stages, facts))
    yield stage_table(stages.whole)
    if stages.whole.excused:
        yield Sentence(text=excused_in_words(stages.whole), indent=1)
    if len(stages.sums) > 1:
        yield Blank()
        yield _by_platform(stages.sums[1:])
        yield Sentence(text="+n? are unknown: no fact says yes or no", indent=1)
    accepted = list(accepted_gaps(stages).items())
    if accepted:
        yield Blank()
        yield Sentence(text="Accepted gaps, by who accepts them:")
    for fact, gaps in accepted[:_LISTED]:
        yield Sentence(text=f"{fact.subject}: {words(fact)}, {_gaps(len(gaps))}", indent=1)
    if len(accepted) > _LISTED:
        yield Sentence(text=f"and {len(accepted) - _LISTED:,} more in coverage.json", indent=1)


def read_in_words(stages: Stages, facts: Facts) -> str:
    """How many facts count, and what became of the others."""
    about_nothing, expired = len(stages.unmatched), len(stages.expired)
    day = f"Facts on {stages.date}" if stages.date else "Facts"
    parts = [f"{stages.facts - expired - about_nothing:,} count"]
    parts += [f"{expired:,} expired"] if stages.date else []
    parts += [f"{about_nothing:,} about nothing here"]
    parts += [f"{len(facts.failures):,} couldn't be read"] if facts.failures else []
    undated = "" if stages.date else " No day is given (--date), so no expiry was judged."
    return f"{day}: {', '.join(parts)}.{undated}"


def excused_in_words(sums: StageSums) -> str:
    """Which gaps have left the denominator."""
    kinds = ((sums.waived, "waived"), (sums.not_applicable, "not applicable"))
    left = ", ".join(f"{n:,} {kind}" for n, kind in kinds if n)
    return f"accepted gaps left out of {sums.techniques:,} techniques: {left}"


def accepted_gaps(stages: Stages) -> Mapping[Fact, tuple[tuple[str, str], ...]]:
    """Each fact that excuses a gap, in the order of files, and its (technique, platform) gaps."""
    found: dict[Fact, list[tuple[str, str]]] = {}
    for technique, whole in stages.techniques.items():
        # ATT&CK names no platform for some techniques.
        for platform, one in (stages.platforms[technique] or {"": whole}).items():
            if one.excused:
                found.setdefault(one.excuses[0], []).append((technique, platform))
    return {fact: tuple(found[fact]) for fact in sorted(found, key=lambda f: (f.file, f.line))}


def stages_json(stages: Stages, facts: Facts) -> dict[str, Any]:
    """Everything of it for coverage.json."""
    return {
        "date": stages.date,
        "facts": stages.facts,
        "unread": len(facts.failures),
        "expired": [_fact(one) for one in stages.expired],
        "unmatched": [{**_fact(one.fact), "why": one.why} for one in stages.unmatched],
        "needless": [_fact(one) for one in stages.needless],
        "sums": [_sums(one) for one in stages.sums],
        "accepted": [
            {**_fact(fact), "gaps": [{"technique": t, "platform": p or None} for t, p in gaps]}
            for fact, gaps in accepted_gaps(stages).items()
        ],
        "techniques": {
            key: {
                **_technique(one),
                "platforms": {p: _technique(there) for p, there in stages.platforms[key].items()},
            }
            for key, one in stages.techniques.items()
            if one.rules
            or any(there.excused for there in stages.platforms[key].values())
            or one.excused
        },
        "rules": {str(index): _rule(one) for index, one in stages.rules.items()},
    }


def stage_table(sums: StageSums, name: str = "") -> Table:
    """How many techniques have reached each stage; `name` is the table's id."""
    columns = (
        Column(name="Stage"),
        Column(name="techniques", align="right", kind="ratio"),
        Column(name="unknown", align="right"),
        Column(name="not", align="right"),
    )
    return Table(columns=columns, rows=tuple(map(_stage_row, sums.counts)), id=name)


def _stage_row(count: StageCount) -> tuple[Cell, ...]:
    return (
        count.stage.value,
        count.reached,
        Number(value=count.unknown),
        Number(value=count.missed),
    )


def _by_platform(sums: tuple[StageSums, ...]) -> Table:
    columns = (
        Column(name="Platform"),
        *(Column(name=stage.value, align="right") for stage in STAGES),
        Column(name="of", align="right"),
        Column(name="left out", align="right"),
    )
    return Table(columns=columns, rows=tuple(map(_platform_row, sums)))


def _platform_row(sums: StageSums) -> tuple[str, ...]:
    return (
        sums.platform,
        *(_with_unknown(one) for one in sums.counts),
        f"{sums.counts[0].reached.denominator:,}",
        f"{sums.excused:,}" if sums.excused else "",
    )


def _with_unknown(count: StageCount) -> str:
    more = f" +{count.unknown:,}?" if count.unknown else ""
    return f"{count.reached.numerator:,}{more}"


def _gaps(n: int) -> str:
    return "1 gap" if n == 1 else f"{n:,} gaps"


def _fact(fact: Fact) -> dict[str, Any]:
    stated = {
        "rule": fact.rule,
        "technique": fact.technique,
        "platform": fact.platform,
        "data": fact.data,
        "date": fact.date,
        "expiry": fact.expiry,
        "owner": fact.owner,
        "source": fact.source,
        "note": fact.note,
    }
    return {
        "kind": fact.kind.value,
        "value": fact.value.value,
        **{name: text for name, text in stated.items() if text},
        "file": fact.file,
        "line": fact.line,
    }


def _sums(sums: StageSums) -> dict[str, Any]:
    return {
        "platform": sums.platform or None,
        "techniques": sums.techniques,
        "waived": sums.waived,
        "not_applicable": sums.not_applicable,
        "stages": {
            one.stage.value: {
                "numerator": one.reached.numerator,
                "denominator": one.reached.denominator,
                "percent": one.reached.percent,
                "definition": one.reached.definition,
                "unknown": one.unknown,
                "not": one.missed,
            }
            for one in sums.counts
        },
    }


def _technique(one: TechniqueStages) -> dict[str, Any]:
    found: dict[str, Any] = {
        "reached": one.reached.value,
        "deployed": one.deployed.value,
        "fed": one.fed.value,
        "tested": one.tested.value,
    }
    return {**found, "excused": list(map(words, one.excuses))} if one.excused else found


def _rule(one: RuleStanding) -> dict[str, Any]:
    return {
        "deployed": one.deployed.value,
        "fed": one.fed.value,
        "fired": one.fired.value,
        "tested": one.tested.value,
    }
