"""No text becomes more than text, in any format of a Document."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from detcov.report.clean import clean, csv_cell
from detcov.report.document import (
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Link,
    Many,
    Note,
    Related,
    Sentence,
    State,
    Table,
)
from detcov.report.formats import render_document
from detcov.report.markdown import render_markdown
from detcov.report.text import render_text
from report.document_sample import HOSTILE
from report.reading import Page

# Text as a rule may hold it: half of a surrogate pair too, which JSON can spell.
TEXTS = st.one_of(
    st.text(), st.text("|`\\<>&@#[]()*_~$:/!-=+. \n\ud800ab1"), st.sampled_from(HOSTILE)
)


def document_of(text: str) -> Document:
    """The text in every place that a text can stand in."""
    cells = (
        text,
        Code(text=text),
        State(word=text, tone="bad"),
        Link(text=text, url=f"https://example.org/{text}"),
        Link(text=text, url=text),
        Many(cells=(text, Code(text=text))),
    )
    return Document(
        title=text,
        subtitle=text,
        related=(Related(label=text, file=text), Related(label=text, file="heatmap.html")),
        parts=(
            KeyNumbers(numbers=(KeyNumber(id="n", label=text, value=text, detail=text),)),
            Sentence(text=text),
            Sentence(text=text, strong=True, indent=1),
            Heading(text=text),
            Note(text=text, kind="warning"),
            Heading(text=text, level=3),
            Table(
                title=text,
                columns=tuple(Column(name=text, kind="link") for _ in cells),
                rows=(cells, cells),
            ),
        ),
    )


@given(TEXTS)
def test_json_gives_back_every_text(text):
    read = json.loads(render_document(document_of(text), "json"))
    kept = text.encode("utf-8", "backslashreplace").decode()
    assert read["title"] == kept
    (row, _) = (list(row.values()) for row in read["tables"]["table-1"]["rows"])
    assert row[:3] == [kept, kept, kept]
    assert row[4:] == [{"text": kept, "url": kept}, [kept, kept]]


@given(TEXTS)
def test_csv_gives_back_every_cell(text):
    rows = list(csv.reader(io.StringIO(render_document(document_of(text), "csv").decode())))
    assert {len(row) for row in rows} == {12}
    assert rows[1][:2] == [csv_cell(text), ""]
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@"))]


PARSER = MarkdownIt("commonmark").enable("table")


@given(TEXTS)
def test_markdown_keeps_its_shape(text):
    """One title, one heading a level, tables as wide as they are, no element but ours."""
    tokens = PARSER.parse(render_markdown(document_of(text)))
    kinds = [token.type for token in tokens]
    assert kinds.count("heading_open") == 3
    assert kinds.count("table_open") == 1
    assert kinds.count("th_open") == 6
    assert kinds.count("td_open") == 12
    assert not {"html_block", "fence", "code_block", "hr", "ordered_list_open"} & {*kinds}
    inline = [child for token in tokens for child in token.children or ()]
    assert not [child for child in inline if child.type == "image"]
    html = {child.content for child in inline if child.type == "html_inline"}
    assert html <= {"<span>", "</span>", "<code>", "</code>"}
    links = {child.attrGet("href") for child in inline if child.type == "link_open"}
    assert all(re.match(r"https?://|heatmap\.html$|[\w-][\w.-]*$", link) for link in links)


@given(TEXTS)
def test_markdown_shows_every_text(text):
    (inline,) = (
        token
        for token in PARSER.parse(render_markdown(Document(title=f"x{text}x", parts=())))
        if token.type == "inline"
    )
    shown = "".join(c.content for c in inline.children if c.type in ("text", "text_special"))
    assert shown.replace("\u200b", "") == clean(f"x{text}x")


@pytest.mark.parametrize(
    "meant", ["@someone", "#1", "GH-3", "http://evil.example", "www.evil.example", "b" * 40]
)
def test_markdown_refers_to_nobody(meant):
    tokens = PARSER.parse(render_markdown(Document(title="", parts=(Sentence(text=meant),))))
    text = "".join(c.content for token in tokens for c in token.children or ())
    assert meant not in text
    assert text.replace("\u200b", "") == meant


@given(TEXTS)
def test_html_has_no_element_of_a_texts_making(text):
    page = Page(render_document(document_of(text), "html"))
    harmless = Page(render_document(document_of("x"), "html"))
    assert page.open == []
    allowed = {tag for tag, _ in harmless.tags}
    assert {tag for tag, _ in page.tags} <= allowed
    assert {name for _, attributes in page.tags for name in attributes} <= {
        name for _, attributes in harmless.tags for name in attributes
    }
    addresses = [a["href"] for a in page.named("a")]
    assert all(re.match(r"https?://|#main$|[\w-][\w.-]*$", one) for one in addresses)


@given(TEXTS)
def test_text_stays_within_its_lines(text):
    shown = render_text(document_of(text))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.search(r"^\s*::|##\[|##vso\[", shown, re.MULTILINE)


@given(TEXTS)
def test_markdown_holds_no_command_for_a_runner(text):
    shown = render_markdown(document_of(text))
    assert not re.search(r"^\s*::|##\[|##vso\[", shown, re.MULTILINE)
