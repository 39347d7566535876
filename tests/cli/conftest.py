import os
import signal
import subprocess
import sys

import click
import pytest

from detcov import cli

RELEASE = "19.0"
"""What rules and expected values of these tests are written for, whatever is bundled beside it"""
MAPPED = """[metadata]
maturity = "{maturity}"
[rule]
rule_id = "{key}"
name = "{name}"
severity = "high"
tags = ["OS: {system}", "Tactic: {tactic_name}"]
type = "query"
[[rule.threat]]
framework = "MITRE ATT&CK"
[rule.threat.tactic]
id = "{tactic}"
name = "{tactic_name}"
reference = "https://attack.mitre.org/tactics/{tactic}/"
[[rule.threat.technique]]
id = "{technique}"
name = "{technique_name}"
reference = "https://attack.mitre.org/techniques/{technique}/"
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No run reads or writes the user's cache, or the settings of a folder above."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own-cache"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def write_rule():
    """Writes a rule that is right for 19.0, but for what is said."""

    def write(path, **fields):
        facts = {
            "maturity": "production",
            "key": path.stem,
            "name": f"Rule {path.stem}",
            "system": "Linux",
            "tactic": "TA0002",
            "tactic_name": "Execution",
            "technique": "T1053",
            "technique_name": "Scheduled Task/Job",
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MAPPED.format_map(facts | fields), encoding="utf-8")
        return path

    return write


@pytest.fixture
def rules(tmp_path, write_rule):
    """rules/ of the folder we are in: two live rules, one deprecated, nothing wrong."""
    folder = tmp_path / "work" / "rules"
    write_rule(folder / "execution_a.toml")
    write_rule(
        folder / "discovery_b.toml",
        system="Windows",
        tactic="TA0007",
        tactic_name="Discovery",
        technique="T1082",
        technique_name="System Information Discovery",
    )
    write_rule(
        folder / "execution_old.toml",
        maturity="deprecated",
        technique="T1106",
        technique_name="Native API",
    )
    return folder


@pytest.fixture
def unreadable(rules):
    (rules / "broken.toml").write_text("[rule", encoding="utf-8")


@pytest.fixture
def defective(rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T1O53")


@pytest.fixture
def detcov_as_typed(capsys):
    """Runs a command in this process: (exit code, standard output, standard error)."""

    def run(*args):
        code = cli._run([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def detcov(detcov_as_typed):
    """Runs a command as `detcov_as_typed`, under ATT&CK 19.0 unless the arguments name another."""

    def run(*args):
        return detcov_as_typed(*pinned([str(arg) for arg in args]))

    return run


def pinned(args):
    """The arguments, with --attack 19.0 where a command would take the newest bundled."""
    name = next(iter(args[2:] if args[:1] == ["--config"] else args), "")
    command = cli.cli.get_command(click.Context(cli.cli), name)
    if command is None or name == "lint-layer" or "--attack" in args:  # a layer names its own
        return args
    takes = any("--attack" in one.opts for one in command.params)
    return [*args, "--attack", RELEASE] if takes else args


@pytest.fixture
def start():
    """Starts a command of its own: `start("check", ...)`, or Python code with its arguments."""
    started = []

    def begin(*args, code="from detcov.__main__ import run; run()", env=(), **options):
        streams = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            # Tests that run in the background inherit that interrupts are ignored.
            "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        } | options
        process = subprocess.Popen(
            # -P: as the installed command, which doesn't look for modules where it is started.
            [sys.executable, "-P", "-c", code, *map(str, args)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **dict(env)},
            **streams,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
