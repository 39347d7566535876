"""The field above a long table: what it shows, without a word from the page's policy."""

import pytest

from detcov.report.document import Column, Document, Number, Table
from detcov.report.document_html import render_html

NAMES = ("OS: Linux", "OS: Windows", "Data Source: Elastic Defend", "<b>odd</b>")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("filter") / "index.html"
    table = Table(
        id="layers",
        columns=(Column(name="Tag"), Column(name="rules", align="right")),
        rows=tuple((name, Number(value=7)) for name in NAMES),
    )
    document = Document(title="Tags", subject="split", parts=(table,))
    path.write_bytes(render_html(document, filtered="layers"))
    return path


def shown(page):
    return page.locator("#layers tbody tr:visible th").all_inner_texts()


@pytest.mark.parametrize(
    ("typed", "names", "told"),
    [
        ("", NAMES, ""),
        ("os:", NAMES[:2], "2 of 4"),
        ("LINUX os", NAMES[:1], "1 of 4"),
        ("<b>", NAMES[3:], "1 of 4"),
        ("7", (), "0 of 4"),
    ],
)
def test_rows_whose_name_holds_each_word(new_page, page_file, typed, names, told):
    page = new_page(page_file)
    page.get_by_label("Filter").fill(typed)

    assert shown(page) == list(names)
    assert page.locator("output").inner_text() == told


def test_an_emptied_field_shows_all_again(new_page, page_file):
    page = new_page(page_file)
    page.get_by_label("Filter").fill("linux")
    page.get_by_label("Filter").fill("")

    assert shown(page) == list(NAMES)
