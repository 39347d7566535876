"""What every command does alike: exit codes, messages, imports, help."""

import json
import os
from contextlib import suppress

import click
import pytest

from detcov.cli import COMMANDS, cli
from detcov.load import PARSERS


# 130 > 4 > 2 > 3 > 1: each run has what makes all the codes after its own.
@pytest.mark.usefixtures("rules")
def test_exit_0(detcov):
    assert detcov("check")[0] == 0


@pytest.mark.usefixtures("defective")
def test_exit_1(detcov):
    assert detcov("check")[0] == 1


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_3_over_1(detcov):
    code, _, err = detcov("check")
    assert code == 3
    assert err.startswith("detcov: rules/broken.toml:1:6: not TOML: ")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_2_over_3(detcov):
    code, _, err = detcov("layer", "--platform", "Linuks")
    assert code == 2
    assert "did you mean Linux?" in err


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_4_over_3(detcov, tmp_path):
    code, _, err = detcov("layer", "-o", tmp_path / "work" / "rules" / "broken.toml" / "x.json")
    assert code == 4
    assert err.splitlines()[-1].endswith("rules/broken.toml is no folder")


@pytest.mark.parametrize("command", ["check", "report", "gaps", "snapshot"])
def test_no_folder_named_and_none_of_the_usual_name(detcov, command):
    told = "detcov: rules: no such folder; name the one that your rules are in\n"
    assert detcov(command) == (3, "", told)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nonsense"], 2, "No such command 'nonsense'.\n"),
        (["chekc"], 2, "No such command 'chekc'. Did you mean 'check'?\n"),
        (["check", "--nonsense"], 2, "No such option"),
        (["check", "nowhere"], 3, "detcov: nowhere: no such file or folder\n"),
        (["check", "a=rules", "a=rules"], 2, "detcov: two sources are called 'a'"),
        (["check", "--attack", "99.9"], 2, "99.9"),
        (["--config", "nowhere.toml", "check"], 2, "detcov: nowhere.toml: No such file"),
        (["check", "--max-bytes", "0"], 2, "--max-bytes"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_is_not_there_is_one_clear_line(detcov, args, code, message):
    found, out, err = detcov(*args)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def taken(command, path=()):
    """Each argument and option of a command and its subcommands that takes a text or path."""
    for name, one in getattr(command, "commands", {}).items():
        yield from taken(one, (*path, name))
    for param in command.params:
        kinds = click.types.StringParamType, click.Path, click.types.UnprocessedParamType
        if not getattr(param, "is_flag", False) and isinstance(param.type, kinds):
            yield " ".join((*path, param.name)), param


def test_an_empty_text_is_wrong_usage_everywhere():
    """Of a variable that isn't set; else it is the current folder, or a default."""
    cli_of = click.Context(cli)
    found = [
        *taken(cli),
        *(one for name in COMMANDS for one in taken(cli.get_command(cli_of, name), (name,))),
    ]
    accepted = set()
    for name, param in found:
        try:
            param.process_value(cli_of, [""] if param.multiple or param.nargs == -1 else "")
        except click.BadParameter:
            continue
        accepted.add(name.split()[-1])

    assert len(found) > 150
    assert accepted == {"title", "origin"}


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["layer", "-o", ""], "'-o' / '--output'"),
        (["layer", "--split", "source", "-o", ""], "'-o' / '--output'"),
        (["report", "--out="], "'-o' / '--out'"),
        (["check", ""], "'[SOURCE]...'"),
        (["check", "--baseline", ""], "'--baseline'"),
        (["diff", "", "HEAD"], "'BEFORE'"),
        (["lint-layer", ""], "'FILE...'"),
        (["--config", "", "check"], "'--config'"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_an_empty_text_is_told_before_anything_is_done(detcov, tmp_path, args, named):
    before = sorted(tmp_path.rglob("*"))
    code, out, err = detcov(*args)
    assert (code, out) == (2, "")
    last = f"Error: Invalid value for {named}: it is empty (a variable that isn't set?)"
    assert err.splitlines()[-1] == last
    assert sorted(tmp_path.rglob("*")) == before


NAME = (
    "name the folder or file that holds them. docs/formats/README.md lists the formats; rules of "
    "any other go into a plain table (docs/formats/table.md)"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '{"name": "x", "versions": {"attack": "19"}, "domain": "enterprise-attack"}',
            "is a Navigator layer: detcov lint-layer checks it, detcov diff compares two",
        ),
        ('{"type": "bundle", "objects": []}', "is a STIX bundle: give it by --attack"),
        (
            "\x1f\x8b",
            "is compressed: an ATT&CK bundle is given by --attack, rules are read unpacked",
        ),
        ('{"some": "thing"}', NAME),
    ],
)
def test_a_file_that_is_something_else_says_what_takes_it(detcov, rules, text, told):
    (rules.parent / "it.json").write_bytes(text.encode("latin-1"))
    of = "" if told == NAME else "it.json "
    code, out, err = detcov("check", "it.json")
    assert (code, out) == (3, "")
    assert err.endswith(f"{of}{told}\n")
    assert err.count("\n") == (1 if "no rules found" in err else 2)
    assert detcov("compare", "it.json", "rules")[2].endswith(f"{of}{told}\n")


@pytest.mark.usefixtures("rules")
def test_a_bundle_over_the_limit_says_what_takes_it(detcov, tmp_path):
    big = '{"type": "bundle", "objects": [' + " " * 100 + "]}"
    (tmp_path / "work" / "it.json").write_text(big, encoding="utf-8")
    code, _, err = detcov("check", "it.json", "--max-bytes", "100")
    assert code == 3
    assert err.splitlines()[1:] == [
        (
            "detcov: it.json: no rules found among 1 file (couldn't be read: 1); "
            "it.json is a STIX bundle: give it by --attack"
        )
    ]


def test_no_rules_found(detcov, tmp_path):
    (tmp_path / "work" / "rules").mkdir()
    assert detcov("check") == (3, "", f"detcov: rules: no rules found among 0 files; {NAME}\n")
    (tmp_path / "work" / "rules" / "pyproject.toml").write_text("[project]", encoding="utf-8")
    assert detcov("check") == (
        3,
        "",
        f"detcov: rules: no rules found among 1 file (no format matched: 1); {NAME}\n",
    )


@pytest.mark.usefixtures("rules")
def test_files_over_the_limit_are_left_out(detcov):
    code, out, err = detcov("check", "--max-bytes", "10")
    assert code == 3
    assert out == ""
    *lines, last = err.splitlines()
    assert [line.partition(" bytes, ")[2] for line in lines] == [
        "over the limit of 10 (max-bytes)"
    ] * 3
    assert "no rules found among 3 files (couldn't be read: 3)" in last


def test_a_current_folder_that_is_gone(start, rules, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    process = start("check", rules, "--attack", "19.0", cwd=gone, preexec_fn=gone.rmdir)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("3 rules, ")


@pytest.mark.parametrize("command", [["check", "."], ["layer", "x"], ["diff", "HEAD~1", "HEAD"]])
def test_what_needs_a_current_folder_says_that_it_is_gone(start, tmp_path, command):
    gone = tmp_path / "gone"
    gone.mkdir()
    process = start(*command, cwd=gone, preexec_fn=gone.rmdir)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (
        3,
        "detcov: the current folder is gone: name every file by its whole path\n",
    )


def test_standard_input_that_is_closed(start):
    def close_it():
        with suppress(OSError):
            os.close(0)

    process = start("lint-layer", "-", preexec_fn=close_it)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (3, "detcov: -: standard input is closed\n")
    assert out == "1 file: 0 errors, 0 warnings, 0 notes; 1 couldn't be read.\n"


@pytest.mark.usefixtures("rules")
def test_an_internal_error_is_told_in_one_line(detcov, monkeypatch):
    def fail(*_args, **_options):
        raise ZeroDivisionError("a\nb\x1b[2J")

    monkeypatch.setattr("detcov.api.study_of", fail)
    assert detcov("check") == (
        4,
        "",
        (
            "detcov: internal error, please report it: ZeroDivisionError: a\\nb\\x1b[2J "
            "(DETCOV_DEBUG=1: more)\n"
        ),
    )
    monkeypatch.setenv("DETCOV_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        detcov("check")


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["diff", "rules", "rules"], "fate,rule,rule_name,lost"),
        (["compare", "a=rules", "b=rules", "--platform", "PRE"], "standing,technique,name"),
        (["threat", "--group", "G0014"], "technique,technique_url,name"),
        (["suggest", "--from", "x=rules"], "rank,rule,rule_name,gain"),
        (["gaps", "--platform", "Containers", "--tactic", "Collection"], "rank,technique"),
        (["attack", "diff", "19.0", "19.0"], "technique,name,changes"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
@pytest.mark.usefixtures("rules")
def test_a_report_of_nothing(detcov, command, first):
    """Its main table is there, without a row."""
    code, out, err = detcov(*command, "--format", "csv")
    assert (code, err) == (0, "")
    assert out.startswith(first)
    assert out.count("\n") == 1
    code, out, _ = detcov(*command, "--format", "json")
    assert code == 0
    assert [] in [table["rows"] for table in json.loads(out)["tables"].values()]


@pytest.mark.parametrize(
    "args", [["--help"], *([name, "--help"] for name in COMMANDS if name != "attack")]
)
def test_help_fits_80_columns(detcov, args):
    code, out, err = detcov(*args)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: detcov")
    assert max(map(len, out.splitlines())) <= 80


def test_help_names_every_command(detcov):
    out = detcov("--help")[1]
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []


def test_version(detcov):
    from detcov import __version__

    assert detcov("--version") == (0, f"detcov {__version__}\n", "")


_MODULES = """
import sys
from detcov import cli
code = cli._run(sys.argv[1:])
sys.stderr.write(" ".join(sorted(sys.modules)))
"""
OTHER_FORMATS = {"detcov.load.amend", "detcov.load.yaml_text", "detcov.load.json_text"} | {
    parser.module for name, parser in PARSERS.items() if name != "elastic"
}
HEAVY = {"jinja2", "matplotlib", "pandas", "numpy", "rich", "mitreattack", "requests", "stix2"}


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (
            ["layer", "-o", "-"],
            HEAVY
            | OTHER_FORMATS
            | {"detcov.attack.detections", "detcov.attack.threats"}
            | {"detcov.check.base", "detcov.report.heatmap"},
        ),
        (["check"], HEAVY),
        (["check", "--format", "json"], HEAVY),
        (["lint-layer", "--help"], HEAVY),
        (["--help"], HEAVY | {"msgspec", "tomli", "sqlite3", "detcov.model", "detcov.cli.run"}),
        (["--version"], HEAVY | {"msgspec", "tomli", "sqlite3", "detcov.model", "detcov.cli.run"}),
    ],
)
@pytest.mark.usefixtures("rules")
def test_nothing_is_loaded_that_a_command_does_not_need(start, args, absent):
    process = start(*args, code=_MODULES)
    _, err = process.communicate(timeout=60)
    loaded = set(err.split())
    assert "detcov.cli" in loaded
    assert loaded & absent == set()


@pytest.mark.parametrize(
    "command",
    [["threat", "--group", "TeamTNT"], ["suggest", "--from", "theirs=rules"], ["kubernetes"]],
)
@pytest.mark.parametrize("form", [["--format", "markdown"], [], ["--full"]])
@pytest.mark.usefixtures("rules")
def test_a_report_names_its_data_once(detcov, command, form):
    """In a head where there is one, else in the first sentence."""
    _, out, _ = detcov(*command, *form)
    told = " ".join(out.replace("\\", "").split())
    assert told.count("(bundled; 20.0 is out)") == 1
