"""Every file of a weekly report, from one value."""

from detcov.report.change_layer import change_layer
from detcov.report.document import Document
from detcov.report.formats import render_document
from detcov.report.weekly import charts, figures, titles_of
from detcov.timeline.point import PointCache
from detcov.timeline.weekly import Weekly


def render(document: Document, report: Weekly, kind: str) -> bytes:
    """The report in one format; its page has the charts drawn into it."""
    if kind == "html":
        from detcov.report.document_html import render_html

        return render_html(document, figures=figures(report))
    return render_document(document, kind, lead=True)


def render_weekly(
    document: Document, report: Weekly, *, cache: PointCache | None = None
) -> dict[str, bytes]:
    """File name to content: page, Markdown, JSON, layer of the change, plot of the trend.

    With `cache`, the plot of the same trend is drawn once.
    """
    return {
        "weekly.html": render(document, report, "html"),
        "weekly.md": render(document, report, "markdown"),
        "weekly.json": render(document, report, "json"),
        "change.layer.json": change_layer(
            report.change, report.study, titles_of(report), name=document.title
        ),
        "trend.png": _plot(report, cache or PointCache(None)),
    }


def _plot(report: Weekly, cache: PointCache) -> bytes:
    # The package alone, which holds little more than its version.
    from PIL import __version__

    drawn = charts(report)
    key = f"plot Pillow {__version__} {drawn!r}"
    known = cache.get_bytes(key)
    if known is None:
        from detcov.report.weekly_plot import render_plot

        known = render_plot(tuple(drawn.values()))
        cache.put_bytes(key, known)
    return known
