from pathlib import Path

import click
import pytest

from detcov.cli import cli
from detcov.config import KEYS, find_config, read_config
from detcov.errors import ConfigError

COMMANDS = ("report", "layer", "check")
OTHERS = {"from": "suggest"}
"""Keys of options that only another command has"""
ON_HISTORY = ("weekly", "snapshot", "diff", "pr", "compare")
OWN = {"before", "after", "head", "first", "second", "full", "person", "show-ignored"}
"""What is said anew each time, and has no key"""
FOR_OTHERS = {"format", "out", "output"}
"""Keys that mean a file or format of `COMMANDS`"""


def names_of(command):
    """What a command can be told: its options by their long names, its argument by its own."""
    context = click.Context(cli)
    for parameter in cli.get_command(context, command).params:
        if isinstance(parameter, click.Argument):
            yield parameter.name
        else:
            yield next(name[2:] for name in parameter.opts if name.startswith("--"))


def test_every_option_has_a_key_and_every_key_an_option():
    commands = (*COMMANDS, *ON_HISTORY)
    options = {name for command in commands for name in names_of(command)} - OWN
    assert set(KEYS) - OTHERS.keys() == options
    for name, command in OTHERS.items():
        assert name in names_of(command)
        assert name in {one.name for one in cli.get_command(click.Context(cli), command).params}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_key_is_its_options_parameter(command):
    """click looks a setting up by the parameter's name, not by the option's."""
    parameters = {one.name for one in cli.get_command(click.Context(cli), command).params}
    assert parameters == {name.replace("-", "_") for name in names_of(command)}


@pytest.mark.parametrize("command", ON_HISTORY)
def test_in_other_commands_too_but_for_files_and_formats(command):
    parameters = {one.name for one in cli.get_command(click.Context(cli), command).params}
    names = {name.replace("-", "_") for name in names_of(command)}
    assert parameters & names == names - FOR_OTHERS
    assert not parameters & FOR_OTHERS


ALL = """
alias = [["elastic:elastic:1", "sigma/a.yml"], ["One", "Two", "Three"]]
attack = "19.0"
attack-before = ["18.1@2026-04-28", "older/17.1.json@2026-01-01"]
attack-version = "19.0"
base = "origin/main"
baseline = "main"
cache = false
cache-dir = "cache"
count = "all"
date = "2026-05-05"
exclude = ["drafts", "**/tests/"]
facts = ["facts.csv"]
fail-on = "drift"
fail-under = ["covered=60"]
format = "json"
from = ["sigma=other/sigma"]
gaps = ["Containers"]
known = ["18.1", "older/16.1.json"]
link-base = "https://example.org/"
literal = true
max-bytes = 1000
no-lost = true
out = "out"
output = "-"
platform = ["Linux"]
rule-format = "sigma"
scope = ["runtime=tag:Team: Platform"]
repo = "../rules"
show = "note"
since = "2w"
snapshots = "history"
sources = ["rules", "mine=other/rules"]
split = "tag"
title = "Ours"
weight = ["general=1"]
weeks = 26
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("detcov.toml", ALL),
        ("pyproject.toml", f"[tool.other]\nx = 1\n[tool.detcov]\n{ALL}"),
        ("settings.toml", f"\ufeff{ALL}"),
    ],
)
def test_every_key(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    settings = read_config(path)
    assert settings == {
        "alias": [["elastic:elastic:1", "sigma/a.yml"], ["One", "Two", "Three"]],
        "attack": "19.0",
        "attack_before": ["18.1@2026-04-28", f"{tmp_path}/older/17.1.json@2026-01-01"],
        "attack_version": "19.0",
        "base": "origin/main",
        "baseline": "main",
        "cache": False,
        "cache_dir": f"{tmp_path}/cache",
        "count": "all",
        "date": "2026-05-05",
        "exclude": ["drafts", "**/tests/"],
        "facts": [f"{tmp_path}/facts.csv"],
        "fail_on": "drift",
        "fail_under": ["covered=60"],
        "format": "json",
        "from": [f"sigma={tmp_path}/other/sigma"],
        "gaps": ["Containers"],
        "known": ["18.1", f"{tmp_path}/older/16.1.json"],
        "link_base": "https://example.org/",
        "literal": True,
        "max_bytes": 1000,
        "no_lost": True,
        "out": f"{tmp_path}/out",
        "output": "-",
        "platform": ["Linux"],
        "rule_format": "sigma",
        "scope": ["runtime=tag:Team: Platform"],
        "repo": f"{tmp_path}/../rules",
        "show": "note",
        "since": "2w",
        "snapshots": f"{tmp_path}/history",
        "sources": [f"{tmp_path}/rules", f"mine={tmp_path}/other/rules"],
        "split": "tag",
        "title": "Ours",
        "weight": ["general=1"],
        "weeks": 26,
    }
    assert len(settings) == len(KEYS)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", {}),
        # One of a list needs no brackets.
        ('platform = "Linux"', {"platform": ["Linux"]}),
        ('sources = "/abs/rules"', {"sources": ["/abs/rules"]}),
        ('sources = "a=/abs/rules"', {"sources": ["a=/abs/rules"]}),
        ('out = "/abs"', {"out": "/abs"}),
        ('attack = "bundle.json"', {"attack": "{here}/bundle.json"}),
        ('attack = "missing.json"', {"attack": "missing.json"}),
        ('sources = "is=there"', {"sources": ["{here}/is=there"]}),
        ('baseline = "bundle.json"', {"baseline": "{here}/bundle.json"}),
        ('baseline = "origin/main"', {"baseline": "origin/main"}),
        ('baseline = "is=there"', {"baseline": "is=there"}),
    ],
)
def test_paths_are_of_the_files_folder_and_versions_stay(tmp_path, text, settings):
    (tmp_path / "bundle.json").write_text("{}", encoding="utf-8")
    (tmp_path / "is=there").mkdir()
    path = tmp_path / "detcov.toml"
    path.write_text(text, encoding="utf-8")
    here = str(tmp_path)
    assert read_config(path) == {
        key: [one.format(here=here) for one in value]
        if isinstance(value, list)
        else value.format(here=here)
        for key, value in settings.items()
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *(
            (f"alias = {value}", "alias must be a list of lists of two rules or more")
            for value in ('"a"', '["a", "b"]', '[["a"]]', '[["a", ""]]', '[["a", 1]]', "1")
        ),
        ('plattform = "Linux"', "unknown key 'plattform'; did you mean 'platform'?"),
        ("max_bytes = 3", "unknown key 'max_bytes'; did you mean 'max-bytes'?"),
        ('link_bas = ""', "unknown key 'link_bas'; did you mean 'link-base'?"),
        ('zzz = ""', "unknown key 'zzz'; did you mean"),
        ("[tool.detcov]", "[tool.detcov] is for pyproject.toml; leave that line out"),
        ("title = 3", "title must be of type string"),
        ('out = ""', "out is empty; leave it out for the default"),
        ('sources = [""]', "sources is empty; leave it out for the default"),
        ('output = "a\\u0000b"', "output has a NUL character"),
        ('facts = ["a", "a\\u0000b"]', "facts has a NUL character"),
        ("date = 2026-05-05", "date must be of type string"),
        ("literal = 1", "literal must be of type boolean"),
        ("max-bytes = true", "max-bytes must be of type integer"),
        ("max-bytes = 1.5", "max-bytes must be of type integer"),
        ("platform = 3", "platform must be a list of strings"),
        ('platform = ["Linux", 3]', "platform must be a list of strings"),
        ("title = x", "Invalid value (at line 1, column 9)"),
        ("x = " + "[" * 10_000, "nested too deep"),
        (b"title = '\xff'", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    path = tmp_path / "detcov.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as raised:
        read_config(path)
    assert str(raised.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [("tool.detcov = 3", "[tool.detcov] is no table"), ("[tool.detcov]\nx = 1", "unknown key 'x'")],
)
def test_what_is_wrong_in_a_project(tmp_path, text, message):
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_config(path)
    assert str(raised.value).startswith(f"{path}: {message}")


def test_a_project_without_settings_has_none(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert read_config(path) == {}
    path.write_text("tool = 3\n", encoding="utf-8")
    assert read_config(path) == {}


def test_a_missing_file_is_an_error_when_asked_for(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.toml: No such file or directory$"):
        read_config(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match=r"Is a directory$"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, None),
        ({"a/b/detcov.toml": ""}, "a/b/detcov.toml"),
        ({"a/detcov.toml": ""}, "a/detcov.toml"),
        ({"a/pyproject.toml": "[tool.detcov]"}, "a/pyproject.toml"),
        # A project that says nothing of detcov is passed by.
        ({"a/b/pyproject.toml": "[project]", "a/detcov.toml": ""}, "a/detcov.toml"),
        ({"a/detcov.toml": "", "a/pyproject.toml": "[tool.detcov]"}, "a/detcov.toml"),
        ({"a/b/detcov.toml": "", "a/detcov.toml": ""}, "a/b/detcov.toml"),
        # Not out of the repository.
        ({"detcov.toml": "", "a/.git": ""}, None),
        ({"a/detcov.toml": "", "a/.git": ""}, "a/detcov.toml"),
    ],
)
def test_the_nearest_file_is_found(tmp_path, files, found):
    (tmp_path / ".git").touch()
    for name, text in ({"a/b/x": ""} | files).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert find_config(tmp_path / "a" / "b") == (tmp_path / found if found else None)


def test_a_closed_folder_has_no_settings(tmp_path, without_rights):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "detcov.toml").touch()
    inner.parent.chmod(0)
    with without_rights():
        assert find_config(inner) == tmp_path / "detcov.toml"
    inner.parent.chmod(0o755)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_file_without_end_is_an_error():
    with pytest.raises(ConfigError, match=r"^/dev/zero: over the limit of 5,000,000 bytes$"):
        read_config(Path("/dev/zero"))


def test_a_project_that_is_closed_is_an_error(tmp_path, without_rights):
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.detcov]", encoding="utf-8")
    path.chmod(0)
    with without_rights(), pytest.raises(ConfigError, match=r"pyproject.toml: Permission denied$"):
        find_config(tmp_path)


def test_a_baseline_of_any_length_is_a_revision(tmp_path):
    path = tmp_path / "detcov.toml"
    path.write_text(f'baseline = "{"a" * 5_000}"', encoding="utf-8")
    assert read_config(path) == {"baseline": "a" * 5_000}
