"""The gaps of platforms as a Document: what is open, why it matters, what to build."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, structs

from detcov.analysis.gap_study import GapStudy
from detcov.analysis.kubernetes_lens import distinct, sum_up
from detcov.analysis.rank import RankedGap
from detcov.attack.platforms import NO_PLATFORM
from detcov.report import gaps_words as words
from detcov.report.document import (
    Blank,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Number,
    Part,
    Related,
    Sentence,
    slug,
)
from detcov.report.gaps_build_tables import BuildTables
from detcov.report.gaps_lens import matrix_table
from detcov.report.gaps_method import chosen_words, method_parts, tactic_names
from detcov.report.gaps_tables import GapTables, Medium
from detcov.report.words import counted, dataset, many, titled
from detcov.study import Study

_TOLD: Final = 10
"""Gaps told in sentences where there is little room"""
_LISTED: Final = 80
"""Techniques that a terminal lists unasked"""


class GapReportOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about the report."""

    title: str = "Gaps"
    medium: Medium = "page"
    full: bool = False
    """On a terminal: every table whole, and all sentences"""
    top: int | None = None
    """Gaps that people are told of in sentences, the first to close; None is all (10 on a
    terminal)"""
    newer: str | None = None
    """Says that a later release is out, if one is"""
    date: str | None = None
    """Shown as given"""
    related: tuple[Related, ...] = ()
    """Other files of the same report"""

    @property
    def short(self) -> bool:
        """Whether only what is needed most is told."""
        return self.medium == "terminal" and not self.full


def gap_document(
    study: Study, found: Sequence[GapStudy], options: GapReportOptions | None = None
) -> Document:
    """The report of the platforms in `found`, in that order; `study` is of all platforms."""
    options = options or GapReportOptions()
    parts: list[Part] = []
    several = len(found) > 1
    for one in found:
        if several:
            parts.append(Heading(text=one.gaps.platform))
        suffix = f"-{slug(one.gaps.platform)}" if several else ""
        parts += _Section(study, one, options, suffix).parts()
    parts += method_parts(study, found, short=options.short, table=options.medium != "terminal")
    about = (dataset(study, options.newer), chosen_words(study, found), options.date or "")
    main = f"gaps-{slug(found[0].gaps.platform)}" if several else "gaps"
    return Document(
        title=titled(options.title, [one.gaps.platform for one in found]),
        subtitle=" · ".join(part for part in about if part),
        subject="gaps",
        parts=tuple(parts),
        main=main,
        related=options.related,
    )


class _Section:
    """One platform's part of the report."""

    def __init__(
        self, study: Study, found: GapStudy, options: GapReportOptions, suffix: str
    ) -> None:
        self._study, self._found, self._options, self._suffix = study, found, options, suffix
        self._gaps, self._medium = found.gaps, options.medium
        self._place = words.place(found.gaps.platform)
        self._tables = GapTables(study, found, options.medium, suffix)
        self._build = BuildTables(study, found, self._tables, options.medium, full=options.full)

    def parts(self) -> Iterator[Part]:
        yield from self._headline()
        if not self._gaps.techniques:
            yield self._tables.gaps()
            return
        yield self._heading("By tactic")
        yield self._tables.tactics()
        yield Sentence(text=self._about_tactics(), indent=1)
        yield from self._facts()
        yield from self._ranking()
        yield from self._told()
        yield from self._collect()
        yield from self._candidates()
        yield from self._techniques()
        yield from self._near_misses()
        yield from self._matrix()

    def _headline(self) -> Iterator[Part]:
        gaps = self._gaps
        chosen = words.selection(self._found, tactic_names(self._study))
        about = f"{dataset(self._study, self._options.newer)} for {self._place}"
        if self._medium == "terminal":
            yield Sentence(text=f"{about}, techniques {chosen}" if chosen else about)
        if not gaps.techniques:
            yield Sentence(
                text=f"No technique of {self._place} is among them: n/a.",
                strong=True,
            )
            return
        if self._medium == "terminal":
            open_ = many(len(gaps.open), "gap") + self._left_out()
            covered = (
                f"{counted(gaps.covered)} ATT&CK techniques of {self._place} covered "
                f"({gaps.covered.percent})"
            )
            yield Sentence(text=f"{covered}, {open_}", strong=True)
        else:
            yield self._numbers()
        yield Sentence(text=f"covered: {gaps.covered.definition}", indent=1)
        yield Sentence(text=self._range(), indent=1)
        yield Sentence(text=self._rules(), indent=1)
        if self._found.lens:
            yield Sentence(text=self._in_matrix(), indent=1)

    def _in_matrix(self) -> str:
        """The other number of the same rules, which `detcov kubernetes` leads with."""
        matrix, behind = self._found.matrix, distinct(self._found.lens)
        covered = sum_up(self._found.lens).covered
        return (
            f"detcov kubernetes counts other techniques, those in {matrix.publisher}'s "
            f"{matrix.name}, via sub-techniques too: {counted(behind)} of ATT&CK's "
            f"({behind.percent}), {counted(covered)} of the matrix ({covered.percent})"
        )

    def _left_out(self) -> str:
        accepted = len(self._gaps.accepted)
        return f", {many(accepted, 'accepted gap')} left out" if accepted else ""

    def _numbers(self) -> KeyNumbers:
        gaps, end = self._gaps, self._suffix.replace("-", "_")
        numbers = [KeyNumber(id=f"covered{end}", label="Covered", value=gaps.covered)]
        if gaps.with_node is not None:
            numbers.append(
                KeyNumber(id=f"with_node{end}", label="With nodes", value=gaps.with_node)
            )
        numbers += [
            KeyNumber(id=f"some_claim{end}", label="Some claim", value=gaps.some_claim),
            KeyNumber(id=f"gaps{end}", label="Gaps", value=Number(value=len(gaps.open))),
        ]
        if gaps.accepted:
            value = Number(value=len(gaps.accepted))
            numbers.append(KeyNumber(id=f"accepted{end}", label="Accepted", value=value))
        return KeyNumbers(numbers=tuple(numbers))

    def _range(self) -> str:
        gaps = self._gaps
        if gaps.platform == NO_PLATFORM:
            return "ATT&CK names no platforms here: every rule looks at all of it"
        some = f"{counted(gaps.some_claim)} ({gaps.some_claim.percent}) with any rule"
        if gaps.with_node is None:
            return f"range: {some}, whatever platform it states"
        node = f"{counted(gaps.with_node)} ({gaps.with_node.percent})"
        return f"range: {node} with rules on Linux nodes; {some}, wherever it looks"

    def _rules(self) -> str:
        counts = ", ".join(f"{name} {n:,}" for name, n in self._gaps.rules.items())
        return f"{words.COUNTED[self._study.coverage.count]}: {counts}"

    def _about_tactics(self) -> str:
        plane = "plane: control plane. " if self._gaps.with_node is not None else ""
        inferred = any(one.inferred for one in self._gaps.tactics)
        plus = "+n: with inferred cells only, in no ratio. " if inferred else ""
        return (
            f"covered: techniques that a closing rule states in that tactic. {plus}"
            "gaps: techniques that no closing rule claims, in any tactic. "
            f"n/a: ATT&CK has nothing for {self._place} there. {plane}"
            "Columns count distinct rules."
        )

    def _facts(self) -> Iterator[Part]:
        """How far what is covered has come, and which gaps are accepted."""
        study, sums = self._study, self._gaps.stages
        if sums is None or study.stages is None or study.facts is None:
            return
        from detcov.report.stages import read_in_words, stage_table

        yield self._heading("Deployed, fed, tested")
        yield Sentence(text=read_in_words(study.stages, study.facts))
        yield stage_table(sums, f"stages{self._suffix}")
        yield Sentence(
            text="Of the techniques without accepted gaps. What no fact states is unknown, not no.",
            indent=1,
        )
        if self._gaps.accepted:
            yield self._heading("Accepted gaps, in no ratio")
            yield self._tables.accepted()

    def _ranking(self) -> Iterator[Part]:
        yield self._heading("Gaps, the first to close first")
        yield self._tables.gaps()
        if self._medium == "data":
            yield self._heading("Rules to re-map")
            yield self._tables.remaps()
        if not self._found.ranked:
            yield Sentence(text="None.")
            return
        yield Sentence(
            text=f"reports: software, groups and campaigns that used it on {self._place}; "
            "none known means no reporting, not low risk. docs/gaps.md explains the score.",
            indent=1,
        )
        if self._medium == "data":
            yield self._tables.actors()
        actors = {one.id: one for gap in self._found.ranked for one in gap.actors}
        if borrowed := words.borrowed(actors.values()):
            yield Sentence(text=f"Not of this release: {borrowed}.", indent=1)

    def _told(self) -> Iterator[Part]:
        top = self._options.top
        if top is None and self._medium == "terminal" and not self._options.full:
            top = _TOLD
        ranked = self._found.ranked[:top]
        if ranked:
            yield structs.replace(self._heading("Why, and what to build"), audience="people")
        for position, one in enumerate(ranked, start=1):
            yield from self._gap(position, one)

    def _gap(self, position: int, ranked: RankedGap) -> Iterator[Sentence]:
        """In sentences for people what the tables say of a gap."""
        technique = ranked.gap.technique
        names = tactic_names(self._study)
        tactics = ", ".join(names[one] for one in technique.tactics)
        need = self._found.needs[technique.id]
        title = f"{position}. {technique.id} {technique.name} ({tactics})"
        yield Sentence(text=title, strong=True, audience="people")
        platform = self._gaps.platform
        parts = words.score(ranked, platform)
        lines = [f"score {ranked.score}" + (f": {parts}" if parts else "")]
        if ranked.ubiquitous:
            lines.append(words.HELD_DOWN)
        lines += [f"reports: {words.reports(ranked, platform)}", words.rules(ranked)]
        if rules := words.remap(ranked, self._study.release, self._study.corpus):
            lines.append(f"{words.REMAP}: {rules}")
        lines.append(f"build: {words.build(need)}")
        if logs := words.collect(need):
            lines.append(f"collect: {logs}")
        if self._found.candidates is not None:
            told = words.candidates(self._found.candidates.get(technique.id, ()))
            lines.append(f"candidates: {told}")
        yield from (Sentence(text=line, indent=1, audience="people") for line in lines)

    def _collect(self) -> Iterator[Part]:
        if not any(need.logs for need in self._found.needs.values()):
            return
        yield self._heading("Logs that the gaps ask for")
        yield self._build.logs()
        yield Sentence(
            text="Log sources and data components are of MITRE's analytics; whether a rule reads "
            "one is told from the integrations, index patterns and log sources that it names.",
            indent=1,
        )
        if self._medium == "data":
            yield self._heading("What to build")
            yield self._build.needs()

    def _candidates(self) -> Iterator[Part]:
        if self._found.candidates is None:
            return
        closed = sum(1 for found in self._found.candidates.values() if found)
        yield self._heading("Rules of other corpora that would close a gap")
        yield Sentence(
            text=f"{closed:,} of {many(len(self._gaps.open), 'gap')} could be closed by "
            "rules that look there too."
        )
        if closed:
            yield self._build.candidates()

    def _techniques(self) -> Iterator[Part]:
        number = len(self._gaps.techniques)
        if self._medium == "terminal" and number > _LISTED and not self._options.full:
            yield Blank()
            yield Sentence(text=f"--full tells each of the {number:,} techniques.")
            return
        yield self._heading(f"Techniques of {self._place}, by tactic")
        yield self._tables.cells()
        yield Sentence(
            text="depth: none, one or several closing rules. A technique of several tactics "
            "stands in each of them, with its rules of all.",
            indent=1,
        )
        if self._medium != "terminal" or self._options.full:
            yield self._heading(f"Rules that look at {self._place}")
            yield self._tables.rules()

    def _near_misses(self) -> Iterator[Part]:
        if not self._gaps.near_misses:
            return
        yield self._heading("Near misses, not counted")
        yield Sentence(
            text="Their queries use container or Kubernetes fields or identities, and nothing "
            "else says that they look at containers. The setting scope can say so."
        )
        yield self._build.near_misses()

    def _matrix(self) -> Iterator[Part]:
        if not self._found.lens:
            return
        matrix, lens = self._found.matrix, self._found.lens
        told = [row for row in lens if row.mapped]
        covered = sum(1 for row in told if row.covered)
        yield self._heading(f"{matrix.publisher}'s {matrix.name}")
        yield Sentence(
            text=f"{covered} of {len(told)} techniques covered by rules of the control plane or "
            f"the runtime, own claims or via sub-techniques. {matrix.publisher} maps "
            f"{len(lens) - len(told)} more to no technique of this release. Source: {matrix.source}"
        )
        yield matrix_table(self._found, self._tables, self._medium)

    def _heading(self, text: str) -> Heading:
        return Heading(text=text, level=3 if self._suffix else 2)
