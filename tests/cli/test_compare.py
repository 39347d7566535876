"""`detcov compare`: every expected value is written from this table of rules.

| technique | rules of A | of B | |
|---|---|---|---|
| T1053 Scheduled Task/Job, Execution | 2 | 1 | thinner |
| T1609 Container Administration Command, Execution | 1 | 2 | deeper |
| T1613 Container and Resource Discovery, Discovery | 1 | 1 | as deep |
| T1610 Deploy Container, Execution | 1 | 0 | only A |
| T1611 Escape to Host, Privilege Escalation | 0 | 1 | only B |
| T1595 Active Scanning, Reconnaissance: of platform PRE only | 0 | 1 | only B |

B also has a deprecated rule on T1552, which doesn't count.
"""

import csv
import io
import json
import re

import pytest

from detcov import __version__
from detcov.attack.store import load_release
from named import read_named

UUID = "11111111-2222-4333-8444-555555555555"
RULES = {
    "a": {
        "one": "T1053",
        "two": "T1053",
        "three": "T1609",
        "four": "T1613",
        "five": "T1610",
    },
    "b": {
        "one": "T1053",
        "two": "T1609",
        "three": "T1609",
        "four": "T1613",
        "five": "T1611",
        "six": "T1595",
    },
}
TACTICS = {
    "T1613": ("TA0007", "Discovery"),
    "T1611": ("TA0004", "Privilege Escalation"),
    "T1595": ("TA0043", "Reconnaissance"),
}


@pytest.fixture
def folders(tmp_path, write_rule):
    for folder, rules in RULES.items():
        for name, technique in rules.items():
            tactic, tactic_name = TACTICS.get(technique, ("TA0002", "Execution"))
            write_rule(
                tmp_path / folder / f"{name}.toml",
                technique=technique,
                technique_name="x",
                tactic=tactic,
                tactic_name=tactic_name,
                name=f"{folder} {name}",
            )
    write_rule(tmp_path / "b" / "old.toml", technique="T1552", maturity="deprecated")
    return tmp_path / "a", tmp_path / "b"


@pytest.fixture
def compare(detcov, folders):
    def run(*arguments):
        return detcov("compare", *folders, *arguments, "--no-cache")

    return run


def test_technique_by_technique(compare):
    code, out, err = compare("--format", "json")
    assert (code, err) == (0, "")
    report = read_named(out)
    rows = report["tables"]["techniques"]["rows"]
    assert [
        (one["standing"], one["technique"], one["first_rules"], one["second_rules"]) for one in rows
    ] == [
        ("only B", "T1595", [], ["b six"]),
        ("only B", "T1611", [], ["b five"]),
        ("deeper", "T1609", ["a three"], ["b three", "b two"]),
        ("as deep", "T1613", ["a four"], ["b four"]),
        ("thinner", "T1053", ["a one", "a two"], ["b one"]),
        ("only A", "T1610", ["a five"], []),
    ]
    assert all(one["first"] == len(one["first_rules"]) for one in rows)
    assert all(one["second"] == len(one["second_rules"]) for one in rows)
    numbers = {key: one["value"] for key, one in report["numbers"].items()}
    assert {key: numbers[key] for key in ("only_second", "both", "only_first")} == {
        "only_second": 1,
        "both": 3,
        "only_first": 1,
    }
    assert [
        (numbers[key]["numerator"], numbers[key]["denominator"])
        for key in ("first", "second", "together")
    ] == [(4, 601), (4, 601), (5, 601)]


def test_tactic_by_tactic(compare):
    _, out, _ = compare("--format", "json")
    rows = {one["tactic"]: one for one in json.loads(out)["tables"]["tactics"]["rows"]}
    found = {
        name: (*(one[side]["numerator"] for side in ("first", "second", "together")), one["added"])
        for name, one in rows.items()
    }
    assert {name: numbers for name, numbers in found.items() if any(numbers)} == {
        "Execution": (3, 2, 3, 0),
        "Discovery": (1, 1, 1, 0),
        "Privilege Escalation": (0, 1, 1, 1),
        "Reconnaissance": (0, 1, 1, 1),
    }
    assert len(rows) == 15


def test_in_words_at_80_columns(compare):
    code, out, _ = compare()
    assert code == 0
    assert (
        out[: out.index("\n\nTactics")]
        == """\
b beside a; ATT&CK Enterprise 19.0
b adds 1 technique to the 4 that a covers: 5 of 601 together (1 %).
covered together: 5 of 601 (1 %)
covered by a: 4 of 601 (1 %)
covered by b: 4 of 601 (1 %)
only b: 1
both: 3, b: 1 deeper, 1 as deep, 1 thinner
only a: 1
Note: 1 technique from before the intrusion (platform PRE only) stands in the
table and in no number.

Techniques
         Technique  Name                              a  b  By b, else by a
only b   T1595      Active Scanning                   0  1  b six
only b   T1611      Escape to Host                    0  1  b five
deeper   T1609      Container Administration Command  1  2  b three, b two
as deep  T1613      Container and Resource Discovery  1  1  b four
thinner  T1053      Scheduled Task/Job                2  1  b one
only a   T1610      Deploy Container                  1  0  a five"""
    )


def test_the_layer_tells_by_colour_and_by_word(compare, detcov, tmp_path):
    file = tmp_path / "compare.layer.json"
    assert compare("--format", "layer", "-o", file)[0] == 0
    code, out, _ = detcov("lint-layer", file)
    assert (code, "nothing found" in " ".join(out.split())) == (0, True)
    layer = json.loads(file.read_bytes())
    words = {one["color"]: one["label"] for one in layer["legendItems"]}
    assert {one["techniqueID"]: words[one["color"]] for one in layer["techniques"]} == {
        "T1595": "only b",
        "T1611": "only b",
        "T1609": "deeper",
        "T1613": "as deep",
        "T1053": "thinner",
        "T1610": "only a",
    }
    # In every tactic of the technique: T1053 has three.
    assert [one["tactic"] for one in layer["techniques"] if one["techniqueID"] == "T1053"] == [
        "execution",
        "persistence",
        "privilege-escalation",
    ]


OURS, THEIRS = "our-own-detection-rules", "rules-of-a-vendor"


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_a_page_says_the_labels(detcov, folders, kind):
    ours, theirs = folders
    sides = (f"{OURS}={ours}", f"{THEIRS}={theirs}")
    _, page, _ = detcov("compare", *sides, "--format", kind, "--no-cache")
    plain = re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).replace("\\", "")
    assert f"What {THEIRS} adds to {OURS}" in plain
    for text in (f"only {OURS}", f"only {THEIRS}", f"covered by {OURS}", f"By {THEIRS}"):
        assert text in plain, text
    assert not re.search(r"only [AB]\b|\bby [AB]\b|By B|[+>| ][AB] *[<|]|\b[AB]:", plain)
    assert not re.search(r">[AB]<", page)


def test_on_a_terminal_long_labels_are_letters_that_the_first_line_tells(detcov, folders):
    ours, theirs = folders
    _, out, _ = detcov("compare", f"{OURS}={ours}", f"{THEIRS}={theirs}", "--no-cache")
    assert out.startswith(f"A: {OURS}, B: {THEIRS}; ATT&CK Enterprise 19.0\n")
    assert "\nonly B: 1\n" in out
    assert max(map(len, out[: out.index("\n\nTactics")].splitlines())) <= 80


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_machines_get_the_same_words_whatever_the_labels_are(detcov, folders, kind):
    found = []
    for labels in ((OURS, THEIRS), ("x", "y")):
        sides = (f"{label}={path}" for label, path in zip(labels, folders, strict=True))
        _, out, _ = detcov("compare", *sides, "--format", kind, "--no-cache")
        rows = list(csv.DictReader(io.StringIO(out))) if kind == "csv" else None
        rows = rows or json.loads(out)["tables"]["techniques"]["rows"]
        # Rules are named by their keys, which begin with the label.
        found.append([{key: row[key] for key in row if "_rules" not in key} for row in rows])
    assert found[0] == found[1]
    assert {one["standing"] for one in found[0]} >= {"only A", "only B"}


@pytest.mark.parametrize(
    ("labels", "legend", "facts"),
    [
        (
            ("ours", "theirs"),
            {"only theirs", "deeper", "as deep", "thinner", "only ours"},
            {"First side": "ours", "Second side": "theirs"},
        ),
        (
            (OURS, THEIRS),
            {"only B", "deeper", "as deep", "thinner", "only A"},
            {"First side": f"{OURS} (A)", "Second side": f"{THEIRS} (B)"},
        ),
    ],
)
def test_the_layer_carries_labels_dataset_and_tool(detcov, folders, labels, legend, facts):
    sides = (f"{label}={path}" for label, path in zip(labels, folders, strict=True))
    _, out, _ = detcov("compare", *sides, "--format", "layer", "--no-cache")
    layer = json.loads(out)
    assert layer["name"] == f"What {labels[1]} adds to {labels[0]}"
    assert {one["label"] for one in layer["legendItems"]} == legend
    assert all(len(one["label"]) <= 15 for one in layer["legendItems"])
    told = {one["name"]: one["value"] for one in layer["metadata"]}
    assert facts.items() <= told.items()
    assert told["Dataset"] == "ATT&CK Enterprise 19.0 (bundled)"
    assert re.fullmatch("[0-9a-f]{64}", told["Dataset SHA-256"])
    assert told["Made by"] == f"detcov {__version__}"
    assert told["Platforms"] == "all"


def test_the_layer_of_a_platform_hides_the_rest(compare):
    _, out, _ = compare("--platform", "Linux", "--format", "layer")
    layer = json.loads(out)
    assert layer["name"] == "What b adds to a: Linux"
    hidden = {one["techniqueID"] for one in layer["techniques"] if one.get("enabled") is False}
    assert {"T1609", "T1613", "T1610", "T1595"} <= hidden
    assert not {"T1053", "T1611", "T1204"} & hidden  # T1204 is of Linux: nobody covers it
    assert layer["hideDisabled"] is True


def test_hostile_labels_are_text(detcov, folders, tmp_path):
    label = "<script>alert(1)|\x1b[31m"
    sides = ("ours=" + str(folders[0]), f"{label}={folders[1]}")
    _, page, _ = detcov("compare", *sides, "--format", "html", "--no-cache")
    assert "<script>alert" not in page
    file = tmp_path / "x.layer.json"
    for kind in ("text", "markdown", "html", "layer", "json", "csv"):
        code, out, _ = detcov("compare", *sides, "--format", kind, "--no-cache")
        assert (code, "\x1b" in out) == (0, False)
    assert detcov("compare", *sides, "--format", "layer", "-o", file, "--no-cache")[0] == 0
    assert detcov("lint-layer", file, "--fail-on", "warning")[0] == 0


def test_labels_of_the_settings_sources(detcov, folders, tmp_path):
    (tmp_path / "detcov.toml").write_text(
        'sources = ["ours=a", "theirs=b"]\ncache = false\n', encoding="utf-8"
    )
    settings = ("--config", tmp_path / "detcov.toml")
    code, out, _ = detcov(*settings, "compare", "theirs", "ours")
    assert code == 0
    assert out.splitlines()[1].startswith(
        "ours adds 1 technique to the 4 that theirs covers: 5 of 601"
    )
    # A path and a label at once
    code, out, _ = detcov(*settings, "compare", "ours", folders[1])
    assert out.splitlines()[1].startswith("b adds 1 technique to the 4 that ours covers")


def test_the_same_rule_on_both_sides_is_said(compare, write_rule, folders):
    for folder in folders:
        write_rule(folder / "same.toml", key=UUID, technique="T1059")
    _, out, _ = compare()
    assert "Note: 1 rule counts on both sides: the same id.\n" in out


def test_only_a_platform(compare):
    """The rules state Linux, which T1613 hasn't; T1595 isn't of Linux either."""
    _, out, _ = compare("--platform", "Linux", "--format", "json")
    rows = json.loads(out)["tables"]["techniques"]["rows"]
    linux = {"T1053": "thinner", "T1611": "only B"}
    assert {one["technique"]: one["standing"] for one in rows} == linux


def test_hostile_names_are_text(detcov, folders, write_rule):
    write_rule(folders[1] / "x.toml", technique="T1611", name="<script>alert(1)</script>|a|")
    _, out, _ = detcov("compare", *folders, "--format", "html", "--no-cache")
    assert "<script>alert" not in out
    _, out, _ = detcov("compare", *folders, "--format", "markdown", "--no-cache")
    assert "<script>" not in out.replace("\\<script", "")
    assert "\\|a\\|" in out


def test_a_file_that_cannot_be_read_is_named(compare, folders):
    (folders[1] / "broken.toml").write_text("[rule\n", encoding="utf-8")
    code, out, err = compare()
    assert code == 3
    assert out.splitlines()[1].startswith("b adds 1 technique")
    assert "broken.toml" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("a", "nosuch"), 3, "nosuch: no such file or folder"),
        (("a", "empty"), 3, "empty: no rules found"),
        (("a", "other/a"), 2, "both sides are called 'a': name them as label=PATH"),
        (("x=a", "y=a"), 0, ""),
    ],
)
@pytest.mark.usefixtures("folders")
def test_what_cannot_be_compared_is_one_line(
    detcov, tmp_path, monkeypatch, arguments, code, message
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other" / "a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    found, _, err = detcov("compare", *arguments, "--no-cache")
    assert (found, message in err) == (code, True)
    assert err.count("\n") == (1 if message else 0)


def test_of_many_techniques_a_terminal_gets_those_that_b_adds(detcov, tmp_path):
    """A covers 80 techniques, B one of them and another."""
    ids = [one for one in sorted(load_release("19.0").active) if "." not in one]
    for side, covered in (("a", ids[:80]), ("b", ids[79:81])):
        rows = "\n".join(f"Rule {one},{one}" for one in covered)
        (tmp_path / f"{side}.csv").write_text(f"rule,technique\n{rows}\n", encoding="utf-8")
    asked = ("compare", f"a={tmp_path}/a.csv", f"b={tmp_path}/b.csv", "--no-cache")

    code, short, err = detcov(*asked)
    _, whole, _ = detcov(*asked, "--full")
    _, page, _ = detcov(*asked, "--format", "markdown")

    assert (code, err) == (0, "")
    assert "Those that b adds:\n" in short
    assert "\n  and 80 more that b doesn't add (--full)\n" in short
    assert [one in short for one in ids[78:81]] == [False, False, True]
    assert all(one in whole and one in page for one in ids[:81])
    assert "--full" not in whole + page


def test_no_tactics_name_is_broken(detcov, folders):
    _, out, _ = detcov("compare", *folders, "--no-cache")
    assert "\nReconnaissance  " in out
