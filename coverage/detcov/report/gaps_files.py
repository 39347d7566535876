"""A gap report in each of its formats, and the files of it that a whole report holds."""

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from detcov.analysis.gap_study import GapStudy
from detcov.errors import UsageError
from detcov.report.document import Related, slug
from detcov.report.gaps import GapReportOptions, gap_document
from detcov.report.gaps_overview import overview_document
from detcov.report.gaps_tables import Medium
from detcov.study import Study

FORMATS: Final = ("text", "markdown", "json", "csv", "html", "png", "layer")
_MEDIA: Final[dict[str, Medium]] = {"text": "terminal", "json": "data", "csv": "data"}


def render_gaps(
    study: Study,
    found: Sequence[GapStudy],
    form: str = "html",
    *,
    overview: bool = False,
    options: GapReportOptions | None = None,
) -> bytes:
    """The gaps in one of `FORMATS`; `study` is of all platforms, as `found` was made from it.

    `overview` gives one line a platform, where the format has lines. Raises `UsageError` for
    another format, and where there is nothing to draw.
    """
    if form not in FORMATS:
        raise UsageError(f"no format {form!r} (there are {', '.join(FORMATS)})")
    options = structs.replace(options or GapReportOptions(), medium=_MEDIA.get(form, "page"))
    if form == "layer":
        from detcov.report.gaps_layer import render_gap_layer

        return render_gap_layer(study, found, title=options.title)
    if form == "png":
        from detcov.report.gaps_picture import render_gap_picture

        return render_gap_picture(study, found, title=options.title, date=options.date)
    from detcov.report.formats import render_document

    document = (overview_document if overview else gap_document)(study, found, options)
    return render_document(document, form)


def gap_files(study: Study, found: GapStudy, options: GapReportOptions) -> dict[str, bytes]:
    """File name to content of one platform's gaps: page, layer and picture."""
    name = gap_page(found).removesuffix(".html")
    related = (*options.related, Related(label="Navigator layer", file=f"{name}.layer.json"))
    related += (Related(label="Picture", file=f"{name}.png"),)
    options = structs.replace(options, related=related)
    forms = {"html": "html", "layer": "layer.json", "png": "png"}
    return {
        f"{name}.{suffix}": render_gaps(study, [found], form, options=options)
        for form, suffix in forms.items()
    }


def gap_page(found: GapStudy) -> str:
    """The name of a platform's page in a report."""
    return f"gaps-{slug(found.gaps.platform)}.html"
