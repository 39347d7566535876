"""The page of any Document in a browser: no text, however long its words, sticks out."""

import pytest

from detcov.report.document import Column, Document, Heading, Note, Sentence, Table
from detcov.report.document_html import render_html

LONG = "x" * 3000


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("document") / "page.html"
    parts = (
        Heading(text=LONG),
        Heading(text=LONG, level=3),
        Sentence(text=LONG),
        Sentence(text=LONG, strong=True, indent=1),
        Note(text=LONG, kind="warning"),
        Table(columns=(Column(name="n"),), rows=((LONG,),), title=LONG),
    )
    path.write_bytes(render_html(Document(title=LONG, subtitle=LONG, subject="x", parts=parts)))
    return path


@pytest.mark.parametrize("width", [420, 1280])
def test_no_long_word_sticks_out(new_page, page_file, width):
    page = new_page(page_file)
    page.set_viewport_size({"width": width, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
