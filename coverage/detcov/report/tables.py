"""The machine-readable files: coverage.csv, coverage.json, findings.json.

`format_version` goes up when a field changes its meaning or goes away; new fields don't raise it.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import structs

from detcov.analysis.coverage import Ratio, TacticCoverage, TechniqueCoverage
from detcov.analysis.ledger import Ledger
from detcov.analysis.rows import CoverageRow, StageColumns, coverage_rows, stage_columns
from detcov.model import LEVELS, Finding, ParseFailure, Place, Rule, RuleIndex
from detcov.report.clean import csv_cell
from detcov.study import Study

COVERAGE_FORMAT = 1
"""1: first"""
FINDINGS_FORMAT = 1
"""1: first"""


def render_coverage_csv(study: Study) -> bytes:
    """One line a cell, columns as `CoverageRow`; UTF-8, safe to open in a spreadsheet.

    With facts about the estate the columns of `StageColumns` follow.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    more = StageColumns.__struct_fields__ if study.stages is not None else ()
    writer.writerow((*CoverageRow.__struct_fields__, *more))
    for row in coverage_rows(study.release, study.coverage, study.corpus):
        values = structs.astuple(row)
        if study.stages is not None:
            values += structs.astuple(stage_columns(study.stages, row.technique_id))
        writer.writerow([csv_cell(one) if isinstance(one, str) else one for one in values])
    return out.getvalue().encode("utf-8", "backslashreplace")


def render_coverage_json(study: Study) -> bytes:
    """Every number of the run, with its definition; docs/outputs.md names the fields."""
    coverage = study.coverage
    stages: dict[str, Any] = {}
    if study.stages is not None and study.facts is not None:
        from detcov.report.stages import stages_json

        stages = {"stages": stages_json(study.stages, study.facts)}
    ratios = ("headline", "two_or_more", "parents_with_via", "some_claim", "pre_only")
    return _json(
        {
            "format": "detcov-coverage",
            "format_version": COVERAGE_FORMAT,
            "dataset": dataset(study),
            "scope": {"count": coverage.count, "platforms": list(coverage.platforms)},
            "ratios": {name: _ratio(getattr(coverage, name)) for name in ratios},
            "sources": [
                {
                    "label": one.label,
                    "rules": one.rules,
                    "covered": _ratio(one.covered),
                    "alone": one.alone,
                }
                for one in study.by_source
            ],
            "tactics": [_tactic(one) for one in coverage.tactics],
            "techniques": [_technique(one) for one in coverage.techniques.values()],
            "cells": [
                {
                    "tactic": one.tactic,
                    "technique": one.technique,
                    "stated": list(one.stated),
                    "inferred": list(one.inferred),
                }
                for one in coverage.cells.values()
            ],
            "rules": {str(index): _rule(index, study) for index in _mentioned(study)},
            "ledger": _ledger(study.ledger),
            "read": read_counts(study),
            **stages,
        }
    )


def _tactic(one: TacticCoverage) -> dict[str, Any]:
    return {
        "id": one.tactic.id,
        "shortname": one.tactic.shortname,
        "name": one.tactic.name,
        "techniques": one.techniques,
        "covered": one.covered,
        "inferred": one.inferred,
        "pre_only": one.pre_only,
    }


def _technique(one: TechniqueCoverage) -> dict[str, Any]:
    return {
        "id": one.technique.id,
        "name": one.technique.name,
        "platforms": list(one.technique.platforms),
        "depth": one.depth.value,
        "rules": list(one.rules),
        "unstated": list(one.unstated),
        "elsewhere": list(one.elsewhere),
        "by_platform": {key: list(value) for key, value in one.by_platform.items()},
        "subtechniques": one.subtechniques,
        "subtechniques_covered": one.subtechniques_covered,
    }


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "outcomes": dict(ledger.outcomes),
        "carried": ledger.carried,
        "need_person": ledger.need_person,
        "newer": ledger.newer,
        "ahead": dict(ledger.ahead),
        "marks": dict(ledger.marks),
        "written_for": [
            {"source": one.source, "format": one.format, "versions": one.versions}
            | ({"stated": dict(one.stated)} if one.stated else {})
            for one in ledger.estimates
        ],
    }


def render_findings_json(study: Study, *, findings: Sequence[Finding] | None = None) -> bytes:
    """Every finding, every file that couldn't be read, with its place, and what was passed over.

    `findings` are those to tell of, all unless given.
    """
    found = study.findings if findings is None else findings
    return _json(
        {
            "format": "detcov-findings",
            "format_version": FINDINGS_FORMAT,
            "dataset": dataset(study),
            "totals": totals(found),
            "read": read_counts(study),
            "findings": [_finding(one) for one in found],
            "failures": [_failure(one) for one in study.failures],
            "passed_over": [structs.asdict(each) for each in study.corpus.passed_over],
        }
    )


def dataset(study: Study) -> dict[str, Any]:
    """What identifies the ATT&CK data of a run."""
    release = study.release
    return {
        "domain": release.domain,
        "version": release.version,
        "sha256": release.sha256,
        "origin": release.origin,
    }


def totals(findings: Iterable[Finding]) -> dict[str, Any]:
    """Findings by severity (drift apart) and by code."""
    found = Counter(one.level for one in findings)
    by_code = Counter(one.code for one in findings)
    severities = {key: found.get(key, 0) for key in LEVELS}
    return {**severities, "by_code": dict(sorted(by_code.items()))}


def read_counts(study: Study) -> dict[str, int]:
    """How many rules and files a run read or left out."""
    states = study.states
    return {
        "rules": study.corpus.distinct,
        "live": states["live"],
        "active_not_live": states["not live"],
        "deprecated": states["deprecated"],
        "failed_files": len(study.corpus.unread),
        "other_files": study.corpus.ignored,
    }


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _ratio(ratio: Ratio) -> dict[str, Any]:
    return {
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "percent": ratio.percent,
        "definition": ratio.definition,
    }


def _mentioned(study: Study) -> list[RuleIndex]:
    found: set[RuleIndex] = set()
    for one in study.coverage.techniques.values():
        found.update(one.rules, one.unstated, one.elsewhere)
    return sorted(found)


def _rule(index: RuleIndex, study: Study) -> dict[str, Any]:
    rule, *others = study.corpus.copies[index]
    more: dict[str, Any] = {"other_places": [_rule_place(one) for one in others]} if others else {}
    return {
        "source": rule.key.source,
        "format": rule.key.format,
        "id": rule.key.native_id,
        "name": rule.name,
        "path": rule.path,
        "severity": rule.severity,
        "platforms": study.corpus.counted(study.coverage.count).platform_fields(index),
        **more,
    }


def _rule_place(rule: Rule) -> dict[str, str]:
    key = rule.key
    return {"source": key.source, "format": key.format, "id": key.native_id, "path": rule.path}


def _place(place: Place) -> dict[str, Any]:
    if not place.exact:
        return {"line": place.line}
    return {
        "line": place.line,
        "column": place.column,
        "start": place.start,
        "end": place.end,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "severity": one.severity.value,
        "drift": one.drift,
        "message": one.message,
        "source": one.source,
        "path": one.path,
        "place": _place(one.place),
        "rule_id": one.rule_id,
        "rule_name": one.rule_name,
        "subject": one.subject,
        "fix": one.fix,
        "need_person": one.need_person,
        "candidates": list(one.candidates),
    }


def _failure(one: ParseFailure) -> dict[str, Any]:
    place = _place(one.place) if one.place else None
    return {"source": one.source, "path": one.path, "place": place, "message": one.message}
