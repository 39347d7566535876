"""Every file of a report, from one Study."""

from collections.abc import Sequence

from msgspec import Struct

from detcov.analysis.gap_study import GapStudy
from detcov.attack.threats import Threats
from detcov.report.document import Related
from detcov.report.gaps import GapReportOptions
from detcov.report.gaps_files import gap_files, gap_page
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from detcov.report.layer import LayerOptions, render_layer
from detcov.report.picture import PictureOptions, render_pictures
from detcov.report.tables import (
    render_coverage_csv,
    render_coverage_json,
    render_findings_json,
)
from detcov.study import Study


class ReportOptions(Struct, frozen=True, kw_only=True):
    """What a caller can choose about a report."""

    title: str = "Detection coverage"
    date: str | None = None
    """Shown as given on heatmap and pictures; nothing here reads a clock"""
    link_base: str | None = None
    """http(s) address that a rule's path is added to, for links to it"""


def render_report(
    study: Study,
    *,
    threats: Threats | None = None,
    gaps: Sequence[GapStudy] = (),
    options: ReportOptions | None = None,
) -> dict[str, bytes]:
    """File name to content: layer, page, pictures, CSV and JSON.

    `threats` adds who uses a technique to the page; `gaps` (of `api.gaps_of`) add page, layer and
    picture of each platform's gaps, to which the heatmap leads. Raises `UsageError` for a
    `link_base` that is no http or https address.
    """
    options = options or ReportOptions()
    title, date, link_base = options.title, options.date, options.link_base
    layer = render_layer(study, options=LayerOptions(name=title, link_base=link_base))
    page = render_heatmap(
        study,
        threats=threats,
        layer=layer,
        options=HeatmapOptions(
            title=title, date=date, link_base=link_base, related=tuple(map(_related, gaps))
        ),
    )
    pictures = render_pictures(study, options=PictureOptions(title=title, date=date))
    return {
        "coverage.layer.json": layer,
        **_stages(study, title),
        "heatmap.html": page,
        **{f"heatmap.{kind}": data for kind, data in pictures.items()},
        "coverage.csv": render_coverage_csv(study),
        "coverage.json": render_coverage_json(study),
        "findings.json": render_findings_json(study),
        **_gaps(study, gaps, date),
    }


def _related(found: GapStudy) -> Related:
    return Related(label=f"Gaps of {found.gaps.platform}", file=gap_page(found))


def _stages(study: Study, title: str) -> dict[str, bytes]:
    if study.stages is None:
        return {}
    from detcov.report.layer_stages import render_stage_layer

    layer = render_stage_layer(study, study.stages, name=f"{title}: stages")
    return {"stages.layer.json": layer}


def _gaps(study: Study, gaps: Sequence[GapStudy], date: str | None) -> dict[str, bytes]:
    options = GapReportOptions(date=date, related=(Related(label="Heatmap", file="heatmap.html"),))
    return {
        name: data
        for found in gaps
        for name, data in gap_files(study.of_all_platforms, found, options).items()
    }
