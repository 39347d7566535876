"""The formats that any Document can be rendered in: one registry, from which commands choose."""

from collections.abc import Callable, Mapping

from msgspec import structs

from detcov.errors import UsageError
from detcov.report.document import Document


def _text(document: Document) -> bytes:
    from detcov.report.text import render_text

    return render_text(document).encode("utf-8", "backslashreplace")


def _markdown(document: Document) -> bytes:
    from detcov.report.markdown import render_markdown

    return render_markdown(document).encode("utf-8", "backslashreplace")


def _csv(document: Document) -> bytes:
    from detcov.report.document_csv import render_csv

    return render_csv(document)


def _json(document: Document) -> bytes:
    from detcov.report.document_json import render_json

    return render_json(document)


def _html(document: Document) -> bytes:
    from detcov.report.document_html import render_html

    return render_html(document)


FORMATS: Mapping[str, Callable[[Document], bytes]] = {
    "text": _text,
    "markdown": _markdown,
    "csv": _csv,
    "json": _json,
    "html": _html,
}
"""Name to renderer; a renderer's module is imported when it is called"""


def render_document(
    document: Document,
    format: str,  # noqa: A002 - what it is
    *,
    lead: bool = False,
) -> bytes:
    """The document in one of `FORMATS`, as UTF-8. Raises `UsageError` for another.

    With `lead` a text begins with the document's subtitle, unless it has a `lead` of its own.
    """
    if format not in FORMATS:
        raise UsageError(f"no format {format!r} (there are {', '.join(FORMATS)})")
    if lead and not document.lead:
        document = structs.replace(document, lead=document.subtitle)
    return FORMATS[format](document)
