"""A made-up ATT&CK 99.0 is bundled, too: a run that names 19.0 stays as it is, others follow."""

import shutil

import click
import pygit2
import pytest
from msgspec import structs

from detcov.attack import store
from detcov.attack.index import part_file, write_part
from detcov.attack.store import bundled_versions, default_release, load_release
from detcov.cli import COMMANDS, cli
from made_story import story

RUNS = {
    "report": ("--out", "out"),
    "layer": ("-o", "-"),
    "check": ("--show", "drift"),
    "gaps": ("--platform", "Linux", "--format", "csv"),
    "threat": ("--group", "TeamTNT", "--format", "csv"),
    "suggest": ("rules/golf.toml", "--from", "x=rules", "--format", "csv"),
    "kubernetes": (),
    "weekly": ("--attack-before", "18.1@2026-04-13", "--format", "csv"),
    "pr": ("--base", "HEAD~2"),
    "compare": ("a=rules", "b=rules/delta.toml", "--format", "csv"),
    "diff": ("HEAD~2", "HEAD"),
}


@pytest.fixture
def run(detcov_as_typed, tmp_path, monkeypatch):
    """Runs a command on the rules of the scripted history."""
    made, _ = story(tmp_path / "repo")
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    monkeypatch.chdir(made.path)
    # Files of a report take seconds; its summary has the numbers.
    monkeypatch.setattr("detcov.report.files.render_report", lambda *_args, **_options: {})

    def run(command, *options):
        code, out, err = detcov_as_typed(command, *RUNS[command], *options)
        assert (code, err) == (0, "")
        return out

    return run


def newer():
    """19.0 with another name for Execution, and Unix Shell revoked by a new technique."""
    release = load_release("19.0")
    techniques = {
        key: structs.replace(
            technique,
            tactics=tuple("running" if one == "execution" else one for one in technique.tactics),
        )
        for key, technique in release.techniques.items()
    }
    shell = techniques["T1059.004"]
    techniques["T1999"] = structs.replace(shell, id="T1999", name="Made-up Shell")
    techniques["T1059.004"] = structs.replace(shell, revoked=True, revoked_by="T1999")
    return structs.replace(
        release,
        version="99.0",
        tactics=tuple(
            structs.replace(one, name="Running", shortname="running") if one.id == "TA0002" else one
            for one in release.tactics
        ),
        techniques=techniques,
    )


@pytest.fixture
def bundle_newer(tmp_path, monkeypatch):
    """Call it to have 99.0 bundled, too."""

    def bundle():
        folder = tmp_path / "data"
        shutil.copytree(store.DATA, folder)
        old = load_release("19.0")
        for part in (newer(), store.load_threats(old), store.load_detections(old)):
            write_part(part_file(folder, "enterprise-attack-99.0", type(part)), part)
        monkeypatch.setattr(store, "DATA", folder)

    return bundle


def test_every_command_with_a_release_is_run_here():
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in COMMANDS}
    taking = {
        name
        for name, command in commands.items()
        if any("--attack" in one.opts for one in command.params)
    }
    # A layer names its release; a snapshot keeps what rules say of any.
    assert taking == RUNS.keys() | {"lint-layer", "snapshot"}


@pytest.mark.parametrize("command", RUNS)
def test_a_run_that_names_its_release_stays_as_it_is(run, bundle_newer, command):
    before = run(command, "--attack", "19.0")
    bundle_newer()
    assert run(command, "--attack", "19.0") == before


@pytest.mark.parametrize("command", RUNS)
def test_a_run_that_names_none_is_of_the_newest(run, bundle_newer, command):
    before = run(command)
    bundle_newer()
    after = run(command)
    assert after == run(command, "--attack", "99.0")
    assert after != before


def test_the_newest_bundled_is_the_default(bundle_newer):
    assert default_release().version == bundled_versions()[-1]
    bundle_newer()
    assert bundled_versions()[-1] == "99.0"
    assert default_release() == load_release("99.0")
    assert load_release("19").version == "19.0"
