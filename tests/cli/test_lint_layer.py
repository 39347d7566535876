"""`detcov lint-layer`: what it prints, and what it ends with."""

import json

import pytest
from click.testing import CliRunner

from detcov.cli.lint_layer import lint_layer
from detcov.errors import UnknownReleaseError

RIGHT = {
    "name": "Right",
    "domain": "enterprise-attack",
    "versions": {"attack": "19", "navigator": "5.1.0", "layer": "4.5"},
    "techniques": [{"techniqueID": "T1610", "tactic": "execution"}],
}


def column(layer, text):
    """Where a text first stands in the layer's one line."""
    return json.dumps(layer).index(text) + 1


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Write files by name, run the command on them in their folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(files, *arguments):
        for name, content in files.items():
            (tmp_path / name).write_bytes(
                content if isinstance(content, bytes) else json.dumps(content).encode()
            )
        return CliRunner().invoke(lint_layer, [*files, *arguments])

    return invoke


def test_a_right_layer(run):
    result = run({"a.json": RIGHT})

    assert result.exit_code == 0
    assert result.stdout == (
        "a.json: nothing found, ATT&CK Enterprise 19.0\n1 file: 0 errors, 0 warnings, 0 notes.\n"
    )


def test_findings_have_their_place_and_fit_the_terminal(run):
    wrong = {**RIGHT, "techniques": [{"techniqueID": "T1610", "tactic": "execution", "score": "4"}]}

    result = run({"a.json": wrong})
    place = column(wrong, '"4"}')

    assert result.exit_code == 1
    assert result.stdout == (
        f'a.json:1:{place}: /techniques/0/score: L220 error: score is "4", not a number:\n'
        "    Navigator ignores it, the rest of the entry is kept\n"
        "1 file: 1 error, 0 warnings, 0 notes.\n"
    )


def test_warnings_alone_are_no_failure(run):
    result = run({"a.json": {**RIGHT, "name": ""}})

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "1 file: 0 errors, 1 warning, 0 notes.",
    )


def test_the_layer_names_its_release(run):
    moved = {"techniqueID": "T1610", "tactic": "defense-evasion"}
    files = {
        f"{attack}.json": {
            **RIGHT,
            "versions": {**RIGHT["versions"], "attack": attack},
            "techniques": [moved],
        }
        for attack in ("18", "19")
    }

    result = run(files)
    place = column(files["19.json"], '"defense-evasion')

    assert [line for line in result.stdout.splitlines() if "json" in line] == [
        "18.json: nothing found, ATT&CK Enterprise 18.1",
        f"19.json:1:{place}: /techniques/0/tactic: L212 error: ATT&CK Enterprise 19.0 has no",
    ]


def test_a_release_given_is_used_instead(run):
    moved = {**RIGHT, "techniques": [{"techniqueID": "T1610", "tactic": "defense-evasion"}]}

    result = run({"a.json": moved}, "--attack", "18.1")

    assert result.stdout.startswith("a.json: nothing found, ATT&CK Enterprise 18.1\n")


def test_without_a_release_only_the_structure_is_checked_and_that_is_said(run):
    old = {
        **RIGHT,
        "versions": {**RIGHT["versions"], "attack": "5"},
        "techniques": [{"techniqueID": "T9999", "tactic": "execution"}],
    }

    result = run({"a.json": old})

    assert result.exit_code == 0
    assert result.stdout == (
        "a.json: checked its structure only: enterprise-attack 5 isn't at hand (--attack\n"
        "    names a release)\n"
        "a.json: nothing found\n"
        "1 file: 0 errors, 0 warnings, 0 notes.\n"
    )


def test_the_navigators_data(run):
    result = run({"a.json": RIGHT}, "--navigator-attack", "18")

    assert result.exit_code == 1
    assert "L109 error: ATT&CK 19 is newer" in result.stdout


def stale(attack=None):
    """A layer of 18's Defense Evasion, as 18 itself and a Navigator without 19 still draw it."""
    versions = {key: value for key, value in RIGHT["versions"].items() if key != "attack"}
    return {
        **RIGHT,
        "versions": versions | ({} if attack is None else {"attack": attack}),
        "techniques": [{"techniqueID": "T1610", "tactic": "defense-evasion"}],
    }


@pytest.mark.parametrize("attack", [None, "", 18])
@pytest.mark.parametrize(
    ("options", "release", "unseen"),
    [
        ([], "19.0", 1),
        (["--navigator-attack", "19"], "19.0", 1),
        (["--navigator-attack", "18"], "18.1", 0),
        (["--navigator-attack", "v18.1"], "18.1", 0),
        (["--attack", "18.1"], "18.1", 0),
    ],
)
def test_without_a_version_the_navigators_newest_is_judged(run, attack, options, release, unseen):
    """A number is no version to Navigator: it draws its newest then, too."""
    result = run({"a.json": stale(attack)}, *options, "--format", "json")

    (file,) = json.loads(result.stdout)["files"]
    assert file["checked_against"] == [f"ATT&CK Enterprise {release}"]
    assert [one["code"] for one in file["findings"]].count("L212") == unseen
    (told,) = [one for one in file["findings"] if one["code"] in {"L107", "L108"}]
    assert f"; checked against ATT&CK Enterprise {release}: " in told["message"]


def test_a_version_that_navigator_refuses_is_judged_by_no_release(run):
    result = run({"a.json": stale("newest")}, "--format", "json")

    (file,) = json.loads(result.stdout)["files"]
    assert [one["code"] for one in file["findings"]] == ["L106"]
    assert (file["checked_against"], file["structure_only"]) == ([], [])


@pytest.mark.parametrize("value", ["0", "newest", "18.1.2", "-3"])
def test_a_navigators_version_that_is_none(run, value):
    result = run({"a.json": RIGHT}, "--navigator-attack", value)

    assert result.exit_code == 2
    assert "is no ATT&CK version such as 18 or 18.1" in result.stderr


@pytest.mark.parametrize(
    ("layer", "fail_on", "code"),
    [
        ({**RIGHT, "name": ""}, None, 0),
        ({**RIGHT, "name": ""}, "error", 0),
        ({**RIGHT, "name": ""}, "warning", 1),
        ({**RIGHT, "links": None}, None, 1),
        ({**RIGHT, "links": None}, "warning", 1),
        ({**RIGHT, "links": None}, "never", 0),
        (stale("19"), None, 1),
        (RIGHT, "warning", 0),
    ],
)
def test_what_fails_is_chosen(run, layer, fail_on, code):
    options = [] if fail_on is None else ["--fail-on", fail_on]

    assert run({"a.json": layer}, *options).exit_code == code


def test_files_that_cannot_be_read_do_not_stop_the_others(run, tmp_path):
    (tmp_path / "folder").mkdir()

    result = run(
        {"deep.json": b"[" * 100_000, "a.json": {**RIGHT, "links": None}}, "missing.json", "folder"
    )

    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "detcov: deep.json: nested too deeply to be a Navigator layer",
        "detcov: missing.json: No such file or directory",
        "detcov: folder: is a folder; name the layers' files",
    ]
    assert "a.json:1:" in result.stdout
    assert result.stdout.endswith("4 files: 1 error, 0 warnings, 0 notes; 3 couldn't be read.\n")


def test_json(run):
    unsorted = {**RIGHT, "sorting": 9}
    result = run({"a.json": unsorted, "deep.json": b"[" * 100_000}, "--format", "json")

    assert json.loads(result.stdout) == {
        "format_version": 1,
        "summary": {"error": 0, "warning": 1, "note": 0},
        "files": [
            {
                "file": "a.json",
                "checked_against": ["ATT&CK Enterprise 19.0"],
                "structure_only": [],
                "findings": [
                    {
                        "code": "L116",
                        "name": "sorting",
                        "severity": "warning",
                        "outcome": "silent",
                        "message": "sorting is 9, not 0, 1, 2 or 3: Navigator sorts from A to Z",
                        "pointer": "/sorting",
                        "line": 1,
                        "column": column(unsorted, "9}"),
                    }
                ],
            },
            {"file": "deep.json", "error": "nested too deeply to be a Navigator layer"},
        ],
    }


def test_standard_input():
    result = CliRunner().invoke(lint_layer, ["-"], input=b"{}")

    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1,
        "-:1:1: L005 error: an empty object is no layer: Navigator refuses the file",
    )


def test_a_release_that_is_not_at_hand_is_an_error(run):
    result = run({"a.json": RIGHT}, "--attack", "12.34")

    assert isinstance(result.exception, UnknownReleaseError)


def test_names_do_the_terminal_no_harm(run):
    result = run({"a\x1b[31m.json": {**RIGHT, "\x1b]0;title\x07": 1}})

    assert "\x1b" not in result.stdout
    assert r"a\x1b[31m.json:1:" in result.stdout
    assert r"/\x1b]0;title\x07: L119" in result.stdout
