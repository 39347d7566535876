"""Findings as text, the grave ones a line each and the rest by their sums; and as a CSV table."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import structs

from detcov.model import LEVELS, Corpus, Finding, PassedOver
from detcov.report.clean import clean, inert
from detcov.report.document import Code, Column, Document, Number, Table
from detcov.report.words import many
from detcov.source import path_shown
from detcov.study import Study

_COLUMNS: Final = (
    "file",
    "line",
    "column",
    "code",
    "level",
    "message",
    "rule_id",
    "rule",
    "source",
    "subject",
    "fix",
    "need_person",
    "candidates",
)


def render_findings(
    study: Study,
    *,
    findings: Sequence[Finding] | None = None,
    show: str = "warning",
    bold: bool = False,
    sources: Sequence[str] = (),
    show_ignored: bool = False,
) -> str:
    """One line a finding down to the level `show`, `path:line:column: severity code message`.

    What is below is summed by code: notes and drift come in hundreds. `findings`
    are those to show, all unless given; `sources`, as they were named, make paths lead there.
    `show_ignored` adds a line for each file that was passed over.
    """
    found = study.findings if findings is None else findings
    shown = LEVELS[: LEVELS.index(show) + 1]
    shown_path = path_shown(sources)
    lines = [
        _line(one, shown_path(one.source, one.path), bold) for one in found if one.level in shown
    ]
    rest = Counter(
        (LEVELS.index(one.level), one.code, one.name) for one in found if one.level not in shown
    )
    lines += [
        f"{LEVELS[level]} {code} {name}: {n:,} (--show {LEVELS[level]} lists them)"
        for (level, code, name), n in sorted(rest.items())
    ]
    if show_ignored:
        lines += [
            f"passed over: {clean(_located(each, shown_path))}" for each in study.corpus.passed_over
        ]
    totals = Counter(one.level for one in found)
    sums = ", ".join(f"{_many(totals[level], level)}" for level in LEVELS)
    lines.append(
        f"{_rules(study.corpus)}, {study.release.title}: {sums}, "
        f"{many(len(study.corpus.unread), 'file')} unread{_facts(study)}"
        f"{_passed_over(study.corpus, told=show_ignored)}"
    )
    if people := sum(one.need_person for one in found):
        lines.append(
            f"{many(people, 'mapping')} {'needs' if people == 1 else 'need'} a person"
            + ("" if all(one.need_person for one in found) else " (--person lists them)")
        )
    return "\n".join(lines) + "\n"


def findings_table(
    study: Study, findings: Sequence[Finding], *, sources: Sequence[str] = ()
) -> Document:
    """Each finding as a row; `sources`, as they were named, make paths lead there."""
    shown_path = path_shown(sources)
    names = study.release.tactic_by_id
    rows = []
    for one in findings:
        choice = (f"{key} {names[key].name}" for key in one.candidates)
        rows.append(
            (
                Code(text=shown_path(one.source, one.path)),
                Number(value=one.place.line),
                Number(value=one.place.column) if one.place.exact else None,
                one.code,
                one.level,
                one.message,
                one.rule_id,
                one.rule_name,
                one.source,
                one.subject,
                one.fix,
                Number(value=one.need_person),
                "; ".join(choice),
            )
        )
    columns = tuple(Column(name=name, id=name) for name in _COLUMNS)
    parts = (Table(id="findings", columns=columns, rows=tuple(rows)),)
    return Document(title="Findings", subject="findings", parts=parts)


def _rules(corpus: Corpus) -> str:
    """How many rules there are, and in how many places, where one stands in several."""
    rules, places = corpus.distinct, len(corpus.rules)
    return many(rules, "rule") + (f" in {places:,} places" if places > rules else "")


def _located(each: PassedOver, shown_path: Callable[[str, str], str]) -> str:
    slash = "/" if each.path.endswith("/") else ""
    path = shown_path(each.source, each.path.removesuffix("/")) + slash
    return str(structs.replace(each, path=path))


def _passed_over(corpus: Corpus, *, told: bool) -> str:
    """How many files hold no rule, and what lists them where they aren't `told`."""
    if not corpus.ignored:
        return ""
    listed = "" if told else " (--show-ignored lists them)"
    return f", {many(corpus.ignored, 'file')} passed over{listed}"


def _facts(study: Study) -> str:
    unread = len(study.failures) - len(study.corpus.failures)
    return f", {many(unread, 'fact')} unread" if unread else ""


def _many(n: int, level: str) -> str:
    return f"{n:,} drift" if level == "drift" else many(n, level)


def _line(finding: Finding, path: str, bold: bool) -> str:
    place = finding.place
    at = f"{place.line}:{place.column}" if place.exact else f"{place.line}"
    start = clean(f"{path}:{at}:")
    severity = finding.level
    code = f"\x1b[1m{severity} {finding.code}\x1b[0m" if bold else f"{severity} {finding.code}"
    return inert(f"{start} {code} {clean(finding.message)}")
