import csv
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detcov.report.clean import clean, clean_json, csv_cell, inert, one_of_ours


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain é 漢 😀 [red]", "plain é 漢 😀 [red]"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31m\x07\x7f\x9b", r"\x1b[31m\x07\x7f\x9b"),
        ("\u202eabc\u2066\u200b\ufeff", r"\u202eabc\u2066\u200b\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("a\xadb\u034f\u180e\u206a\u206f", r"a\xadb\u034f\u180e\u206a\u206f"),
        ("\u3164\uffa0\U0001d173\U000e0100", r"\u3164\uffa0\U0001d173\U000e0100"),
        ("\ufffe\uffff", r"\ufffe\uffff"),
        ("⚠\ufe0f fine", "⚠\ufe0f fine"),
        ("\udcff", r"\udcff"),
        ("##[error]x ##VSO[y]z", r"\x23#[error]x \x23#VSO[y]z"),
        ("###[x]", r"#\x23#[x]"),
        ("# 1 ## 2 #[x]", "# 1 ## 2 #[x]"),
    ],
)
def test_what_would_act_is_shown_as_an_escape(text, shown):
    assert clean(text) == shown
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("a ::error::x", "a ::error::x"),
        (":error", ":error"),
        ("", ""),
    ],
)
def test_a_lines_start_is_no_command(line, shown):
    assert inert(line) == shown


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("", ""),
        ("plain; text - 1", "plain; text - 1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\xa0@SUM(A1)", "'\xa0@SUM(A1)"),
        ("\t=1", r"'\t=1"),
        ("\r=1", r"'\r=1"),
        ("＝1", "'＝1"),
        ("a;=1; @b;c", "a;'=1;' @b;c"),
        ("a\nb", r"a\nb"),
    ],
)
def test_no_cell_is_a_formula(text, cell):
    assert csv_cell(text) == cell


@given(st.text())
@example(";\t=1")
@example("; \n=1")
def test_no_cell_is_a_formula_however_it_is_split(text):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(["x", csv_cell(text)])
    for separator in ",;":
        for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator):
            assert [cell for cell in row if cell.strip().startswith(("=", "+", "-", "@"))] == []


@given(st.text())
@example("##[x] ##vso[y] ###")
@example("\x7f")
@example("\x9b\u202e\U000e0041")
@example("\x7f")
def test_json_keeps_its_meaning(text):
    value = {text: [text, 1]}
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
        shown = clean_json(written)
        assert json.loads(shown) == json.loads(written)
        assert b"##" not in shown
        assert clean(shown.decode()) == shown.decode()


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://example.org", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        (" https://example.org", False),
        ("//example.org", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
def test_only_http_is_followed(url, ours):
    assert one_of_ours(url) is ours
