"""The gaps of all platforms: one row each."""

from collections.abc import Sequence

from detcov.analysis.gap_study import GapStudy
from detcov.analysis.gaps import Gaps
from detcov.report.document import Blank, Column, Document, Number, Sentence, Table
from detcov.report.gaps import GapReportOptions
from detcov.report.gaps_method import chosen_words, method_parts
from detcov.report.words import dataset
from detcov.study import Study


def overview_document(
    study: Study, found: Sequence[GapStudy], options: GapReportOptions | None = None
) -> Document:
    """One row a platform: how much of it is covered, how much is open."""
    options = options or GapReportOptions()
    chosen = chosen_words(study, found)
    about = f"{dataset(study, options.newer)}, every platform"
    parts = (
        Sentence(text=f"{about}, techniques {chosen}" if chosen else about),
        Sentence(
            text="covered: a counted rule that looks at the platform claims the technique itself; "
            "some claim: any counted rule does",
            indent=1,
        ),
        Blank(),
        _table([one.gaps for one in found if not _is_early(one.gaps)]),
        *(_aside(one.gaps) for one in found if _is_early(one.gaps)),
        Blank(),
        Sentence(text="detcov gaps --platform NAME tells the gaps of one, and what to build."),
        *method_parts(study, found, short=options.short, table=options.medium != "terminal"),
    )
    return Document(
        title=options.title,
        subtitle=" · ".join(filter(None, (dataset(study, options.newer), chosen, options.date))),
        subject="gaps",
        parts=parts,
        main="platforms",
    )


def _table(gaps: Sequence[Gaps]) -> Table:
    accepting = any(one.accepted for one in gaps)
    columns = (
        Column(name="platform"),
        Column(name="covered", align="right", kind="ratio"),
        Column(name="gaps", align="right"),
        *((Column(name="accepted", align="right"),) if accepting else ()),
        Column(name="some claim", align="right", kind="ratio"),
    )
    rows = tuple(
        (
            one.platform,
            one.covered,
            Number(value=len(one.open)),
            *((Number(value=len(one.accepted)),) if accepting else ()),
            one.some_claim,
        )
        for one in gaps
    )
    return Table(columns=columns, rows=rows, id="platforms")


def _is_early(gaps: Gaps) -> bool:
    """Whether no endpoint rule can see any of a platform's techniques."""
    return bool(gaps.techniques) and all(one.technique.pre_only for one in gaps.techniques.values())


def _aside(gaps: Gaps) -> Sentence:
    some = gaps.some_claim
    return Sentence(
        text=f"aside: {some.numerator} of {some.denominator} {gaps.platform}-only techniques "
        "(reconnaissance, resource development) have some claim; in no ratio",
        indent=1,
    )
