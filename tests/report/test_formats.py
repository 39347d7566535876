"""Every format, from one Document: what it looks like, and that no text becomes more than text."""

import base64
import csv
import hashlib
import html.parser
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import structs

from detcov.errors import UsageError
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
    Number,
    Related,
    Sentence,
    State,
    Table,
    column_ids,
    plain,
    sections,
    tables,
)
from detcov.report.formats import FORMATS, render_document
from detcov.report.markdown import render_markdown
from detcov.report.text import render_text
from report.document_sample import HOSTILE, SAMPLE

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


# ---- What it looks like -------------------------------------------------------------------


def test_text():
    assert render_text(SAMPLE) == (
        "Covered: 1 of 2 (50 %), one lost\n"
        "Live rules: 1,234\n"
        "One technique lost its last rule.\n"
        "  covered: at least one rule\n"
        "  rules: live ones\n"
        "\n"
        "Note: Mapped is not detected.\n"
        "\n"
        "Changes\n"
        "Techniques\n"
        "Technique  Change   Rules         Tactic  Rule      Tags\n"
        "T1000      lost        -1  1 of 2 (50 %)  Old rule  x, y\n"
        "T1001.001  gained  +1,200   0 of 0 (n/a)  No link\n"
        "\n"
        "By week\n"
        "Week\n"
        "2026-05-05  0.12\n"
        "Warning: A shallow clone.\n"
    )


def test_no_line_of_text_is_wider_than_a_terminal():
    wide = Table(
        columns=tuple(Column(name=f"column {n}") for n in range(9)), rows=(("x" * 30,) * 9,)
    )
    lines = render_text(Document(title="", parts=(wide,))).splitlines()
    assert max(map(len, lines)) <= 80


def test_markdown():
    assert render_markdown(SAMPLE) == (
        "# What changed\n"
        "\n"
        "ATT\\&CK Enterprise 19.0, 2026-05-05\n"
        "\n"
        "[Heatmap](heatmap.html)\n"
        "\n"
        "- Covered: **1 of 2 (50 %)**, one lost\n"
        "- Live rules: **1,234**\n"
        "\n"
        "**One technique lost its last rule.**\n"
        "\n"
        "- covered: at least one rule\n"
        "- rules: live ones\n"
        "\n"
        "> [!NOTE]\n"
        "> Mapped is not detected.\n"
        "\n"
        "## Changes\n"
        "\n"
        "**Techniques**\n"
        "\n"
        "| Technique | Change | Rules | Tactic | Rule | Tags |\n"
        "| --- | --- | ---: | ---: | --- | --- |\n"
        "| `T1000` | **lost** | -1 | 1 of 2 (50 %) "
        "| [Old rule](<https://example.org/a%20b?c=1&amp;d=%282%29>) | x, `y` |\n"
        "| `T1001.001` | gained | +1,200 | 0 of 0 (n/a) | No link |  |\n"
        "\n"
        "### By week\n"
        "\n"
        "| Week |  |\n"
        "| --- | --- |\n"
        "| 2026-05-05 | 0.12 |\n"
        "\n"
        "> [!WARNING]\n"
        "> A shallow clone.\n"
    )


def test_csv_holds_the_main_table():
    assert render_document(SAMPLE, "csv").decode() == (
        "technique,change,rules,tactic,tactic_of,rule,rule_url,tags\n"
        "T1000,lost,-1,1,2,Old rule,https://example.org/a b?c=1&d=(2),x; y\n"
        "T1001.001,gained,1200,0,0,No link,,\n"
    )


def test_csv_of_another_table():
    other = structs.replace(SAMPLE, main="table-2")
    assert render_document(other, "csv") == b"week,column_2\n2026-05-05,0.125\n"


def test_csv_of_prose_alone():
    prose = Document(title="", parts=(Heading(text="Head"), Sentence(text="=1+1")))
    assert render_document(prose, "csv") == b"text\nHead\n'=1+1\n"


def test_json():
    assert json.loads(render_document(SAMPLE, "json")) == {
        "format": "detcov-weekly",
        "format_version": 1,
        "title": "What changed",
        "subtitle": "ATT&CK Enterprise 19.0, 2026-05-05",
        "numbers": {
            "covered": {
                "label": "Covered",
                "value": {
                    "numerator": 1,
                    "denominator": 2,
                    "percent": "50 %",
                    "definition": "techniques with a rule",
                },
                "detail": "one lost",
            },
            "rules": {"label": "Live rules", "value": 1234, "detail": ""},
        },
        "tables": {
            "changes": {
                "title": "Techniques",
                "columns": [
                    {"id": "technique", "name": "Technique"},
                    {"id": "change", "name": "Change"},
                    {"id": "rules", "name": "Rules"},
                    {"id": "tactic", "name": "Tactic"},
                    {"id": "rule", "name": "Rule"},
                    {"id": "tags", "name": "Tags"},
                ],
                "rows": [
                    {
                        "technique": "T1000",
                        "change": "lost",
                        "rules": -1,
                        "tactic": {
                            "numerator": 1,
                            "denominator": 2,
                            "percent": "50 %",
                            "definition": "techniques with a rule",
                        },
                        "rule": {"text": "Old rule", "url": "https://example.org/a b?c=1&d=(2)"},
                        "tags": ["x", "y"],
                    },
                    {
                        "technique": "T1001.001",
                        "change": "gained",
                        "rules": 1200,
                        "tactic": {
                            "numerator": 0,
                            "denominator": 0,
                            "percent": "n/a",
                            "definition": "techniques with a rule",
                        },
                        "rule": {"text": "No link", "url": "javascript:alert(1)"},
                        "tags": None,
                    },
                ],
            },
            "table-2": {
                "title": "",
                "columns": [{"id": "week", "name": "Week"}, {"id": "column_2", "name": ""}],
                "rows": [{"week": "2026-05-05", "column_2": 0.125}],
            },
        },
        "parts": [
            {"numbers": ["covered", "rules"]},
            {"sentence": "One technique lost its last rule.", "strong": True, "indent": 0},
            {"sentence": "covered: at least one rule", "strong": False, "indent": 1},
            {"sentence": "rules: live ones", "strong": False, "indent": 1},
            {"note": "Mapped is not detected."},
            {"heading": "Changes", "level": 2},
            {"table": "changes"},
            {"heading": "By week", "level": 3},
            {"table": "table-2"},
            {"warning": "A shallow clone."},
        ],
        "related": [{"label": "Heatmap", "file": "heatmap.html"}],
    }


class Page(html.parser.HTMLParser):
    """Elements with the text in each, as a browser reads them; refuses what doesn't close."""

    EMPTY = frozenset({"meta", "link"})

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def text_in(self, tag):
        return [text for where, text in self.texts if where == tag]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_document(SAMPLE, "html"))


def test_html_structure(page):
    assert page.open == []
    assert page.text_in("title") == ["What changed: ATT&CK Enterprise 19.0, 2026-05-05"]
    assert page.text_in("h2") == ["Changes"]
    assert page.text_in("h3") == ["By week"]
    labelled = [s["aria-labelledby"] for s in page.named("section") if "aria-labelledby" in s]
    assert labelled == [h["id"] for h in page.named("h2")] == ["section-changes"]
    assert [t["id"] for t in page.named("table")] == ["changes", "table-2"]
    assert [a["href"] for a in page.named("a")] == [
        "#main",
        "heatmap.html",
        "https://example.org/a b?c=1&d=(2)",
    ]
    states = [(s["data-tone"], s["class"]) for s in page.named("span") if "data-tone" in s]
    assert states == [("bad", "state"), ("good", "state")]
    assert page.text_in("caption") == ["Techniques"]
    assert {m.get("scope") for m in page.named("th")} == {"col", "row"}


def test_html_loads_and_runs_nothing(page):
    policy = next(m["content"] for m in page.named("meta") if "http-equiv" in m)
    source = render_document(SAMPLE, "html").decode()
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert page.named("script") == []
    assert not [attributes for _, attributes in page.tags if "style" in attributes]


# ---- What a Document is -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        ("a", "a"),
        (Number(value=1234567), "1,234,567"),
        (Number(value=0, signed=True), "0"),
        (Number(value=2.5, signed=True), "+2.5"),
        (Number(value=-0.001), "0"),
        (Number(value=3.0), "3"),
        (Many(cells=("a", Number(value=1))), "a, 1"),
    ],
)
def test_plain(cell, shown):
    assert plain(cell) == shown


def test_ids_are_unique():
    twice = Table(
        id="a", columns=(Column(name="X y"), Column(name="x Y"), Column(name="é")), rows=()
    )
    assert column_ids(twice) == ("x_y", "x_y_2", "column_3")
    document = Document(title="", parts=(twice, Table(id="a", columns=(), rows=())))
    assert list(tables(document)) == ["a", "table-2"]


def test_sections():
    one, two = Heading(text="One"), Heading(text="Deeper", level=3)
    found = sections((Sentence(text="a"), one, two))
    assert [(s.heading, s.parts) for s in found] == [(None, (Sentence(text="a"),)), (one, (two,))]
    assert sections(()) == ()


def test_a_table_without_rows_is_for_machines():
    columns = (Column(name="Seen by nobody", id="name"),)
    document = Document(title="", parts=(Table(id="a", title="Titled", columns=columns, rows=()),))
    shown = {kind: render_document(document, kind).decode() for kind in FORMATS}
    assert shown["csv"] == "name\n"
    assert json.loads(shown["json"])["tables"]["a"]["rows"] == []
    for kind in ("text", "markdown", "html"):
        assert "Seen by nobody" not in shown[kind]
        assert "Titled" not in shown[kind]


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UsageError, match="text, markdown, csv, json, html"):
        render_document(SAMPLE, "pdf")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_document_gives_the_same_bytes(name):
    assert render_document(SAMPLE, name) == render_document(SAMPLE, name)


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_document_is_one(name):
    empty = Document(title="", parts=(Table(columns=(Column(name=""),), rows=()),))
    render_document(empty, name).decode()


# ---- That text stays text -----------------------------------------------------------------


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


def test_a_short_word_of_the_page_is_never_broken():
    row = ("elastic", "two words", "w" * 13, "<b>", "")
    columns = tuple(Column(name=str(at)) for at in range(len(row)))
    page = render_document(
        Document(title="T", parts=(Table(columns=columns, rows=(row,)),)), "html"
    ).decode()
    assert re.findall(r'<span class="short">(.*?)</span>', page) == ["elastic", "&lt;b&gt;"]
