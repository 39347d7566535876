"""Every format, from one Document: what it looks like."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from detcov.errors import UsageError
from detcov.report.document import (
    Column,
    Document,
    Heading,
    Sentence,
    Table,
)
from detcov.report.formats import FORMATS, render_document
from detcov.report.markdown import render_markdown
from detcov.report.text import render_text
from report.document_sample import SAMPLE
from report.reading import Page

ROOT = Path(__file__).parents[2]


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
        "format_version": 2,
        "rules": {},
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


def test_a_table_without_rows_is_for_machines():
    columns = (Column(name="Seen by nobody", id="name"),)
    document = Document(title="", parts=(Table(id="a", title="Titled", columns=columns, rows=()),))
    shown = {kind: render_document(document, kind).decode() for kind in FORMATS}
    assert shown["csv"] == "name\n"
    assert json.loads(shown["json"])["tables"]["a"]["rows"] == []
    for kind in ("text", "markdown", "html"):
        assert "Seen by nobody" not in shown[kind]
        assert "Titled" not in shown[kind]


@pytest.mark.parametrize(
    ("own", "lead", "expected"),
    [
        ("", False, "Body\n"),
        ("", True, "Subtitle\nBody\n"),
        ("Own", False, "Own\nBody\n"),
        ("Own", True, "Own\nBody\n"),
    ],
)
def test_what_a_text_begins_with(own, lead, expected):
    parts = (Sentence(text="Body"),)
    document = Document(title="T", subtitle="Subtitle", lead=own, parts=parts)
    assert render_document(document, "text", lead=lead).decode() == expected
    without = Document(title="T", subtitle="Subtitle", parts=parts)
    for kind in FORMATS.keys() - {"text"}:
        assert render_document(document, kind, lead=lead) == render_document(without, kind), kind


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UsageError, match="text, markdown, csv, json, html"):
        render_document(SAMPLE, "pdf")


IN_ANOTHER_PROCESS = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
from detcov.report.formats import FORMATS, render_document
from report.reading import Page
from report.document_sample import SAMPLE
for name in FORMATS:
    print(name, hashlib.sha256(render_document(SAMPLE, name)).hexdigest())
"""


def test_another_process_writes_the_same_bytes():
    ran = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(ROOT / "coverage"), str(ROOT / "tests")],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        text=True,
    )
    assert ran.stdout.splitlines() == [
        f"{name} {hashlib.sha256(render_document(SAMPLE, name)).hexdigest()}" for name in FORMATS
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_document_is_written_too(name):
    empty = Document(title="", parts=(Table(columns=(Column(name=""),), rows=()),))
    render_document(empty, name).decode()


def test_a_short_word_of_the_page_is_never_broken():
    row = ("elastic", "two words", "w" * 13, "<b>", "")
    columns = tuple(Column(name=str(at)) for at in range(len(row)))
    page = render_document(
        Document(title="T", parts=(Table(columns=columns, rows=(row,)),)), "html"
    ).decode()
    assert re.findall(r'<span class="short">(.*?)</span>', page) == ["elastic", "&lt;b&gt;"]
