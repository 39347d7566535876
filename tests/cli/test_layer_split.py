"""`detcov layer --split`: expected files and cells are written from the rules made here."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import pytest

RULES = {
    # path: (source, technique, severity, OS tag, other tags)
    "ours/one.toml": ("T1053", "high", "Linux", ("a.b", "Team: Blue")),
    "ours/two.toml": ("T1609", "high", "Windows", ("a-b",)),
    "theirs/three.toml": ("T1053", "low", "Linux", ("a.b",)),
    "theirs/four.toml": ("T1610", "", "Solaris", ("../../x", "<script>alert(1)</script>")),
}


def part(word):
    return hashlib.sha256(word.encode()).hexdigest()[:8]


@pytest.fixture
def split(detcov, tmp_path, write_rule):
    for path, (technique, severity, system, tags) in RULES.items():
        quoted = '", "'.join((system, *tags))
        file = write_rule(tmp_path / path, technique=technique, system=quoted)
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('severity = "high"', f'severity = "{severity}"'), "utf-8")
    write_rule(tmp_path / "ours" / "old.toml", maturity="deprecated", technique="T1611")

    def run(by, *arguments):
        folder = tmp_path / "layers"
        sources = (tmp_path / "ours", tmp_path / "theirs")
        code, out, err = detcov("layer", *sources, "--split", by, "-o", folder, *arguments)
        assert (code, err) == (0, "")
        layers = {path.name: json.loads(path.read_bytes()) for path in folder.glob("*.layer.json")}
        many = "1 layer" if len(layers) == 1 else f"{len(layers)} layers"
        assert out == f"Wrote {many} and index.html to {folder}/.\n"
        code, out, _ = detcov("lint-layer", *folder.glob("*.layer.json"))
        assert (code, re.search(rf"{len(layers)} files?: 0 errors, 0 warnings", out) is None) == (
            0,
            False,
        )
        return layers, (folder / "index.html").read_text("utf-8")

    return run


def drawn(layer):
    return {
        (one["techniqueID"], one["tactic"]): one["score"]
        for one in layer["techniques"]
        if "score" in one
    }


EXECUTION = {name: (name, "execution") for name in ("T1053", "T1609", "T1610")}
ONE, TWO, FOUR = ({EXECUTION[name]: 1} for name in ("T1053", "T1609", "T1610"))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", {"ours": ONE | TWO, "theirs": ONE | FOUR}),
        ("format", {"elastic": {EXECUTION["T1053"]: 2} | TWO | FOUR}),
        ("severity", {"high": ONE | TWO, "low": ONE, "unstated": FOUR}),
        (
            "tag",
            {
                f"a-b-{part('a.b')}": {EXECUTION["T1053"]: 2},
                f"a-b-{part('a-b')}": TWO,
                "team-blue": ONE,
                "x": FOUR,
                "script-alert-1-script": FOUR,
                "os-linux": {EXECUTION["T1053"]: 2},
                "os-windows": TWO,
                "os-solaris": FOUR,
                "tactic-execution": {EXECUTION["T1053"]: 2} | TWO | FOUR,
            },
        ),
    ],
)
def test_one_layer_for_each_value(split, by, expected):
    layers, _ = split(by)
    assert {name: drawn(layer) for name, layer in layers.items()} == {
        f"{name}.layer.json": cells for name, cells in expected.items()
    }


def test_a_platforms_layer_is_that_of_a_report_of_it(split):
    """T1609 isn't a Windows technique, so the rule that states Windows doesn't count for it."""
    layers, _ = split("platform")
    found = {name.removesuffix(".layer.json"): drawn(layer) for name, layer in layers.items()}
    assert found["linux"] == {EXECUTION["T1053"]: 2}
    assert found["windows"] == found["containers"] == {}
    assert found["unstated"] == FOUR  # Solaris is no platform of ATT&CK
    assert len(found) == 12  # ATT&CK has 11


def hidden(layer):
    return {
        (one["techniqueID"], one["tactic"])
        for one in layer["techniques"]
        if one.get("enabled") is False
    }


def test_what_is_of_another_platform_or_column_is_hidden(split):
    """In ATT&CK 19.0 T1609 is of Containers alone, and T1053 of Execution and others."""
    layers, _ = split("platform")
    assert ("T1609", "execution") in hidden(layers["linux.layer.json"])
    assert ("T1053", "execution") not in hidden(layers["linux.layer.json"])
    assert ("T1609", "execution") not in hidden(layers["containers.layer.json"])
    assert hidden(layers["unstated.layer.json"]) == set()
    names = {name: layer["name"] for name, layer in layers.items()}
    assert names["linux.layer.json"] == "Detection coverage: Linux"
    assert names["unstated.layer.json"] == "Detection coverage: unstated"
    assert {layer["hideDisabled"] for name, layer in layers.items() if "unst" not in name} == {True}


def test_what_is_of_another_column_is_hidden(split):
    layers, _ = split("tactic", "--platform", "Linux")
    execution = layers["execution.layer.json"]
    assert execution["name"] == "Detection coverage: Linux: Execution"
    assert ("T1053", "persistence") in hidden(execution)
    assert ("T1609", "execution") in hidden(execution)
    assert {("T1053", "execution"), ("T1204", "execution")}.isdisjoint(hidden(execution))


def test_all_layers_share_one_scale(split):
    """The cells of all tags have 2, 2, 2 rules and eight times 1, as above; the top of 11 is 2."""
    layers, _ = split("tag")
    assert len(layers) == 9
    scales = {(one["gradient"]["minValue"], one["gradient"]["maxValue"]) for one in layers.values()}
    assert scales == {(0, 2)}
    assert {json.dumps(one["legendItems"][:2]) for one in layers.values()} == {
        '[{"label": "1 rule", "color": "#6a8eb6"}, {"label": "2 or more", "color": "#0b3c7a"}]'
    }


def test_a_tactics_layer_is_its_column(split):
    layers, page = split("tactic")
    assert len(layers) == 15
    whole = {EXECUTION["T1053"]: 2} | TWO | FOUR
    assert drawn(layers["execution.layer.json"]) == whole
    # T1053 is in Persistence too, but no rule states it there.
    assert drawn(layers["persistence.layer.json"]) == {}
    assert layers["execution.layer.json"]["name"] == "Detection coverage: Execution"
    facts = {one["name"]: one["value"] for one in layers["execution.layer.json"]["metadata"]}
    assert facts["Covered"].startswith("3 of 64 (5 %)")
    assert "all before the intrusion" in page


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


def test_the_page_leads_to_each_layer_and_shows_tags_as_text(split):
    layers, page = split("tag")
    links = Links()
    links.feed(page)
    assert [one for one in links.found if not one.startswith(("#", "http"))] == sorted(
        layers, key=links.found.index
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "../../x" in page


def test_tags_of_most_rules_come_first(split):
    """Tactic: Execution has four rules, a.b and Linux two, others one: by name then."""
    _, page = split("tag")
    (table,) = re.findall(r'<table id="layers">.*?</table>', page, re.DOTALL)
    names = [html.unescape(re.sub("<.*?>", "", row)) for row in re.findall("<th.*?</th>", table)]
    assert names[4:] == [
        "Tactic: Execution",
        "OS: Linux",
        "a.b",
        "../../x",
        "<script>alert(1)</script>",
        "OS: Solaris",
        "OS: Windows",
        "Team: Blue",
        "a-b",
    ]
    # Nine can be looked through: the page runs nothing.
    assert ("script-src" in page, "<script" in page) == (False, False)


def test_many_tags_have_a_filter_and_nothing_else_runs(detcov, tmp_path, write_rule):
    for number in range(20):
        write_rule(tmp_path / "many" / f"{number}.toml", system=f"Linux {number}")
    folder = tmp_path / "layers"
    assert detcov("layer", tmp_path / "many", "--split", "tag", "-o", folder)[0] == 0
    page = (folder / "index.html").read_text("utf-8")
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall('Content-Security-Policy" content="(.*?)"', page)
    assert f"default-src 'none'; script-src 'sha256-{digest}';" in html.unescape(policy)
    assert 'data-filters="layers"' in page


def test_the_same_bytes_every_time(split, tmp_path):
    split("tag")
    first = {path.name: path.read_bytes() for path in (tmp_path / "layers").iterdir()}
    split("tag", "--no-cache")
    assert {path.name: path.read_bytes() for path in (tmp_path / "layers").iterdir()} == first


def test_link_base_and_title_go_into_each(split):
    layers, _ = split("source", "--title", "Ours", "--link-base", "https://example.org/rules")
    assert {one["name"] for one in layers.values()} == {"Ours: ours", "Ours: theirs"}
    urls = re.findall(r'"url":"(.*?)"', json.dumps(layers, separators=(",", ":")))
    assert "https://example.org/rules/one.toml" in urls


@pytest.mark.parametrize(
    ("output", "code", "message"),
    [
        ("-", 2, "--split writes many files: name a folder with -o"),
        ("ours/one.toml", 4, "can't be written"),
    ],
)
def test_what_cannot_be_written_is_one_line(detcov, split, tmp_path, output, code, message):
    split("source")
    target = output if output == "-" else tmp_path / output
    found, _, err = detcov("layer", tmp_path / "ours", "--split", "source", "-o", target)
    assert (found, message in err, err.count("\n")) == (code, True, 1)
