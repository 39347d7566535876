"""What groups, campaigns and software do, and which of it rules see, as a Document."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from detcov.analysis.coverage import TacticCoverage
from detcov.analysis.threat import ActorCoverage, ThreatStudy, UsedTechnique
from detcov.attack.threats import Actor
from detcov.report.cells import depth_state, rule_cells, technique_link
from detcov.report.document import (
    Audience,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Many,
    Number,
    Part,
    Sentence,
    State,
    Table,
)
from detcov.report.method import method
from detcov.report.words import COUNTED, counted, dataset, many
from detcov.study import Study

_NAMES_SHOWN: Final = 3
_USERS: Final = (
    Column(name="used by", id="used_by", align="right", audience="people"),
    Column(name="used by", id="users", audience="machines"),
)
_SUBTECHNIQUES: Final = (
    Column(name="sub-techs", id="sub_techs", align="right", audience="people"),
    Column(name="sub-techs covered", id="subtechniques_covered", audience="machines"),
    Column(name="sub-techs", id="subtechniques", audience="machines"),
)


class ThreatReportOptions(Struct, frozen=True, kw_only=True):
    """What a caller may choose about the report."""

    title: str = "Threats"
    full: bool = True
    """People see every table whole; else what a terminal has room for"""
    newer: str | None = None
    """Says that a later release is out, if one is"""
    notes: tuple[str, ...] = ()
    """What became of the names asked for, a sentence each"""


def threat_document(
    study: Study, found: ThreatStudy, options: ThreatReportOptions | None = None
) -> Document:
    """The report of what `threat_of` found; `study` is of all platforms."""
    options = options or ThreatReportOptions()
    report = _Report(study, found, options)
    about = (dataset(study, options.newer), ", ".join(found.platforms), report.who)
    return Document(
        title=options.title,
        subtitle=" · ".join(filter(None, about)),
        lead="" if options.full else dataset(study, options.newer, found.platforms),
        subject="threat",
        parts=tuple(report.parts()),
        main="techniques",
    )


def called(actor: Actor) -> str:
    """Name, id, and the release it was taken from where that is another one."""
    of = f", of {actor.of_version}" if actor.of_version else ""
    return f"{actor.name} ({actor.id}{of})"


class _Report:
    """Makes the parts; holds what each of them looks up."""

    def __init__(self, study: Study, found: ThreatStudy, options: ThreatReportOptions) -> None:
        self._study, self._found, self._options = study, found, options
        self._names = {one.shortname: one.name for one in study.release.tactics}
        self._several = len(found.actors) > 1
        self._if_full: Audience = "all" if options.full else "machines"
        self.who = ", ".join(called(one.actor) for one in found.actors)

    def parts(self) -> Iterator[Part]:
        yield from self._headline()
        if self._several:
            yield Heading(text="By group, campaign or software")
            yield self._actors()
        if self._found.techniques:
            yield Heading(text="By tactic")
            yield self._tactics()
            yield Sentence(
                text="covered: with a rule that states the technique in that tactic; +n: with "
                "rules that state another or none, in no ratio; gap: no rule in any tactic; n/a: "
                "they use nothing there.",
                indent=1,
            )
            yield from self._gaps()
        if self._found.techniques:
            text = "All techniques they use" if self._several else "All techniques"
            yield Heading(text=text, audience=self._if_full)
        yield self._techniques()
        yield from method(self._study, full=self._options.full)

    def _headline(self) -> Iterator[Part]:
        found, study = self._found, self._study
        covered, gaps = found.covered, many(len(found.gaps), "gap")
        text = f"{self.who}: {counted(covered)} techniques covered ({covered.percent}), {gaps}"
        yield Sentence(text=text, strong=True)
        yield self._numbers()
        yield Sentence(text=f"covered: {covered.definition}", indent=1)
        yield from (Sentence(text=text, indent=1) for text in self._asides())
        yield Sentence(
            text=f"Rules: {len(study.coverage.counted):,} counted, {COUNTED[study.coverage.count]}."
        )
        yield from (Sentence(text=text) for text in self._options.notes)
        borrowed = {one.actor.of_version for one in found.actors} - {None}
        if borrowed:
            yield Sentence(
                text=f"Campaigns are of {', '.join(sorted(map(str, borrowed)))}: "
                f"the data of {study.release.version} has none."
            )

    def _numbers(self) -> KeyNumbers:
        found = self._found
        numbers = [
            KeyNumber(id="covered", label="Covered", value=found.covered),
            KeyNumber(id="gaps", label="Gaps", value=Number(value=len(found.gaps))),
        ]
        if self._several:
            n = Number(value=len(found.shared))
            numbers.append(KeyNumber(id="shared", label="Used by all", value=n))
        return KeyNumbers(numbers=tuple(numbers), audience=self._if_full)

    def _asides(self) -> Iterator[str]:
        found = self._found
        if self._several:
            by = "both" if len(found.actors) == 2 else f"all {len(found.actors)}"
            yield f"{many(len(found.shared), 'technique')} used by {by}"
        if found.pre_only.denominator:
            yield f"aside: {counted(found.pre_only)} PRE-only techniques, in no ratio"
        elsewhere = sum(one.elsewhere for one in found.actors)
        if found.platforms and elsewhere and not self._several:
            on = ", ".join(found.platforms)
            yield f"left out: {many(elsewhere, 'technique')} that they use elsewhere than on {on}"
        for one in found.actors:
            if not one.techniques and not one.elsewhere:
                yield f"{called(one.actor)}: no technique is reported"
        if found.with_software:
            through = [one for one in found.techniques.values() if _only_through(one)]
            yield f"{many(len(through), 'technique')} only through their software"

    def _actors(self) -> Table:
        columns = (
            Column(name="name", id="name", shrink=True),
            Column(name="id", id="id"),
            Column(name="techniques", id="techniques", align="right"),
            Column(name="covered", id="covered", align="right", kind="ratio"),
            Column(name="gaps", id="gaps", align="right"),
            Column(name="alone", id="alone", align="right"),
            Column(name="kind", id="kind", audience=self._if_full),
            Column(name="taken from", id="of_version", audience=self._if_full),
            Column(name="other platforms", id="elsewhere", align="right", audience=self._if_full),
        )
        rows = tuple(map(self._actor, self._found.actors))
        return Table(columns=columns, rows=rows, id="actors")

    def _actor(self, one: ActorCoverage) -> tuple[Cell, ...]:
        actor = one.actor
        return (
            actor.name,
            Code(text=actor.id),
            Number(value=len(one.techniques)),
            one.covered,
            Number(value=one.covered.denominator - one.covered.numerator),
            Number(value=one.alone),
            actor.kind,
            actor.of_version,
            Number(value=one.elsewhere),
        )

    def _tactics(self) -> Table:
        columns = (
            Column(name="tactic", id="tactic"),
            Column(name="covered", id="covered", align="right", kind="ratio"),
            Column(name="+n", id="inferred", align="right"),
            Column(name="gaps", id="gaps", align="right"),
        )
        return Table(
            columns=columns, rows=tuple(map(self._tactic, self._found.tactics)), id="tactics"
        )

    def _tactic(self, one: TacticCoverage) -> tuple[Cell, ...]:
        if not one.techniques:
            return one.tactic.name, "n/a", None, None
        if one.pre_only:
            return one.tactic.name, one.ratio, None, None
        gaps = [gap for gap in self._found.gaps if one.tactic.shortname in gap.technique.tactics]
        return (
            one.tactic.name,
            one.ratio,
            Number(value=one.inferred, signed=True) if one.inferred else None,
            Number(value=len(gaps)),
        )

    def _gaps(self) -> Iterator[Part]:
        gaps = self._found.gaps
        yield Heading(text="Gaps, the most used first" if self._several else "Gaps")
        if not gaps:
            yield Sentence(text="None.")
        columns = (
            Column(name="technique", id="technique", kind="link"),
            Column(name="name", id="name", shrink=True),
            *(_USERS if self._several else _USERS[1:]),
            *_SUBTECHNIQUES,
            Column(name="tactics", id="tactics", shrink=True),
            Column(name="users", id="user_names", audience=self._if_full),
        )
        rows = tuple(tuple(self._gap(one)) for one in gaps)
        yield Table(columns=columns, rows=rows, id="gaps")
        if any(one.subtechniques_covered for one in gaps):
            yield Sentence(
                text="sub-techs: covered ones of its own; they don't close a gap.", indent=1
            )

    def _gap(self, one: UsedTechnique) -> Iterator[Cell]:
        yield technique_link(one.technique.id)
        yield one.technique.name
        yield from self._users(one) if self._several else self._users(one)[1:]
        yield from _subtechniques(one)
        yield self._tactics_of(one)
        yield Many(cells=tuple(user.name for user in one.users))

    def _users(self, one: UsedTechnique) -> tuple[Cell, ...]:
        n = len(one.users)
        return f"{n} of {len(self._found.actors)}", Number(value=n)

    def _tactics_of(self, one: UsedTechnique) -> Cell:
        return Many(cells=tuple(self._names[name] for name in one.technique.tactics))

    def _techniques(self) -> Table:
        columns = (
            Column(name="technique", id="technique", kind="link"),
            Column(name="name", id="name"),
            Column(name="depth", id="depth"),
            Column(name="rules", id="rules", align="right"),
            *_SUBTECHNIQUES,
            *_USERS,
            Column(name="users", id="user_names"),
            *([Column(name="through", id="through")] if self._found.with_software else ()),
            Column(name="tactics", id="tactics"),
            Column(name="rule names", id="rule_keys", kind="rule"),
        )
        rows = tuple(map(self._technique, self._found.techniques.values()))
        return Table(columns=columns, rows=rows, id="techniques", audience=self._if_full)

    def _technique(self, one: UsedTechnique) -> tuple[Cell, ...]:
        corpus = self._study.corpus
        rules = sorted(one.rules, key=lambda index: corpus.rules[index].name)
        through = {found.id: found for software in one.through.values() for found in software}
        names = Many(cells=tuple(through[key].name for key in sorted(through)))
        return (
            technique_link(one.technique.id),
            one.technique.name,
            State(word="PRE-only") if one.technique.pre_only else depth_state(one.depth),
            Number(value=len(one.rules)),
            *_subtechniques(one),
            *self._users(one),
            Many(cells=tuple(user.name for user in one.users)),
            *([names] if self._found.with_software else ()),
            self._tactics_of(one),
            rule_cells(corpus, rules, limit=_NAMES_SHOWN),
        )


def _only_through(one: UsedTechnique) -> bool:
    return all(user.id in one.through for user in one.users)


def _subtechniques(one: UsedTechnique) -> tuple[Cell, ...]:
    covered, n = one.subtechniques_covered, one.subtechniques
    return f"{covered} of {n}" if n else None, Number(value=covered), Number(value=n)
