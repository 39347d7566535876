import base64
import gzip
import hashlib
import html.parser
import json
import re

import pytest
from msgspec import structs

from detcov.errors import UsageError
from detcov.model import ParseFailure
from detcov.report.heatmap import HeatmapOptions, render_heatmap
from detcov.report.heatmap_card import finding_rows, method_card, stats, tactic_lines
from detcov.report.heatmap_payload import build_payload, script_safe
from report.heatmap_sample import (
    CLAIMS,
    HOSTILE,
    RULES,
    TECHNIQUES,
    WHY,
    plain_count,
    study,
    threats,
)

LAYER = '{"name": "</script> \u2028 ä"}\n'.encode()


class Page(html.parser.HTMLParser):
    """Tags, attributes and the text of scripts and styles, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.text = ""
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        self._in = values.get("id") or tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag):  # noqa: ARG002 - the name HTMLParser calls it by
        self._in = ""

    def handle_data(self, data):
        if self._in:
            self.raw[self._in] = self.raw.get(self._in, "") + data
        else:
            self.text += data


def render(layer: bytes = LAYER, **options) -> str:
    options = HeatmapOptions(**options)
    return render_heatmap(study(), threats=threats(), layer=layer, options=options).decode()


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(title=HOSTILE, date="2026-05-05"))


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ((), None),
        (("a.rules", "a.rules"), "1 file not read in full"),
        (("a.rules", "a.rules", "b.rules"), "2 files not read in full"),
    ],
)
def test_a_file_with_several_broken_lines_counts_once(paths, told):
    failures = tuple(ParseFailure(source="s", path=path, message="x") for path in paths)
    of = study()
    of = structs.replace(of, corpus=structs.replace(of.corpus, failures=failures))
    found = Page(
        render_heatmap(of, threats=threats(), layer=LAYER, options=HeatmapOptions()).decode()
    )

    assert re.findall(r"\d+ files? not read in full", found.text)[:1] == ([told] if told else [])


def test_policy_admits_exactly_the_two_inline_parts(page):
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)

    def digest(text):
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest(page.raw['script'])}'; "
        f"style-src 'sha256-{digest(page.raw['style'])}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_policy_stands_before_anything_it_governs(page):
    tags = [tag for tag, _ in page.tags]
    assert tags.index("meta") < tags.index("style") < tags.index("script")
    assert next(a.get("charset") for t, a in page.tags if t == "meta") == "utf-8"
    assert "http-equiv" in [a for t, a in page.tags if t == "meta"][1]


def test_no_inline_style_handler_or_outside_address(page):
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/svg+xml,"))


def test_hostile_text_makes_no_element(page):
    assert {"img", "b", "bdi"} & {tag for tag, _ in page.tags} == {"b", "bdi"}
    assert sum(tag == "script" for tag, _ in page.tags) == 3
    assert HOSTILE in page.text


def test_json_blocks_hold_no_character_that_ends_them(page):
    for block in ("data", "layer"):
        assert not re.search("[<\u2028\u2029]", page.raw[block])
    assert json.loads(page.raw["layer"])["text"].encode() == LAYER


def test_script_safe_changes_the_writing_and_not_the_value():
    value = {"a": "</script><!--\u2028\u2029é"}
    text = script_safe(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert not set("<\u2028\u2029") & set(text)


def test_large_layer_is_packed_and_whole():
    layer = json.dumps({"x": ["rule name"] * 40_000}).encode()
    text = render(layer)
    block = json.loads(Page(text).raw["layer"])
    assert gzip.decompress(base64.b64decode(block["gzip"])) == layer
    assert len(text) < len(layer) / 2


@pytest.mark.parametrize("base", ["javascript:alert(1)", "file:///etc", "data:text/html,x", "x/y"])
def test_link_base_has_to_be_a_web_address(base):
    with pytest.raises(UsageError, match="link base"):
        render(link_base=base)


def test_payload_holds_every_live_rule_and_claim():
    payload = build_payload(study(), threats(), "")
    live = [n for n, rule in enumerate(RULES) if rule[4]]
    assert [rule.native_id for rule in payload.rules] == [f"id-{n}" for n in live]
    claims = {
        (payload.rules[rule].native_id, technique.id, line)
        for technique in payload.techniques
        for rule, line in technique.claims
    }
    assert claims == {(f"id-{r}", t, 10 + r) for r, t, _, _ in CLAIMS if r in live}
    assert [technique.id for technique in payload.techniques] == sorted(TECHNIQUES)


def test_payload_cells_are_the_drawn_ones():
    payload = build_payload(study(), None, "")
    drawn = {
        (payload.tactics[cell.tactic].shortname, payload.techniques[cell.technique].id, rule, how)
        for cell in payload.cells
        for how, rules in ((False, cell.stated), (True, cell.inferred))
        for rule in (payload.rules[number].native_id for number in rules)
    }
    assert drawn == {
        (tactic, technique, f"id-{rule}", inferred)
        for rule, technique, tactics, inferred in CLAIMS
        if RULES[rule][4]
        for tactic in tactics
    }


def test_payload_names_reasons_and_users():
    payload = build_payload(study(), threats(), "")
    by_id = {technique.id: technique for technique in payload.techniques}
    [(rule, line, reason)] = by_id["T1001.001"].carried
    assert (payload.rules[rule].native_id, line) == ("id-0", 10)
    assert payload.reasons[reason].text == WHY
    assert payload.reasons[reason].needs_person
    assert [payload.actors[n].id for n in by_id["T1001"].users] == ["G0001", "S0001"]
    assert [payload.actors[n].of_version for n in by_id["T1003"].users] == ["18.1"]


def test_limited_run_offers_its_platforms_only():
    payload = build_payload(study(("Linux",)), None, "")
    assert payload.choices == ("Linux",)
    assert {technique.id for technique in payload.techniques} == {
        key for key, value in TECHNIQUES.items() if "Linux" in value[2]
    }


def test_standing_numbers_are_the_plain_count():
    plain = plain_count()
    covered, scope = plain["covered"]
    shown = {stat.key: stat for stat in stats(study().coverage)}
    assert shown["headline"].counts == f"{covered} of {scope}"
    assert shown["headline"].percent == "67 %"
    assert (shown["pre_only"].percent, shown["pre_only"].counts) == ("1", "with a rule, 1 in all")
    assert [(line.counts, line.inferred) for line in tactic_lines(study().coverage)] == [
        ("1 with a rule, 1 in all", 0),
        ("1 of 2", 0),
        ("3 of 6", 1),
        ("2 of 5", 0),
        ("n/a", 0),
    ]


def test_findings_by_code_errors_first():
    rows = finding_rows(study().findings)
    assert [(row.code, row.severity, row.drift, row.findings, row.rules) for row in rows] == [
        ("DC001", "error", False, 1, 1),
        ("DC002", "note", True, 2, 1),
    ]


def test_method_card_tells_what_was_left_out_and_why():
    card = {row.label: row.lines for row in method_card(study())}
    assert list(card) == [
        "Dataset",
        "Sources",
        "Rules",
        "Scope",
        "Definitions",
        "Ledger",
        "Limits",
        "Notice",
    ]
    assert card["Dataset"][:2] == (
        "ATT&CK Enterprise 19.0 (enterprise-attack), bundled",
        f"SHA-256 {'0123abcd' * 8}",
    )
    assert card["Rules"] == (
        "7 read, 6 counted",
        "Counted: live rules: not deprecated, alert, are detections and aren't switched off",
        "Left out, deprecated: 1",
        "Files: 1 couldn't be read in full, 0 passed over",
    )
    assert card["Ledger"] == (
        (
            "11 claims of active rules, by what became of technique / tactic. "
            "1 were carried to 19.0, 1 of them need a person; 0 are newer"
        ),
        "replaced / same: 1",
        "same / inferred: 1",
        "same / same: 9",
    )
    assert card["Limits"][0].startswith("Mapped is not detected")


def test_hidden_characters_are_written_out(page):
    assert "\u202e" not in page.raw["data"]
    assert r"gnp.\\u202eexe" in page.raw["data"]
