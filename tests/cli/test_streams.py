"""Pipes, full disks, encodings, terminals and interruptions: what runs leave and how they end."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
import time
from array import array
from pathlib import Path

import pytest


@pytest.mark.usefixtures("defective", "unreadable")
def test_exit_130_over_3(start):
    """Interrupted when the bad file has been told of already."""
    code = (
        "import time, detcov.report.findings as f\n"
        "def slow(*a, **k):\n    print('now', flush=True)\n"
        "    for _ in range(600):\n        time.sleep(0.1)\n"
        "f.render_findings = slow\n"
        "from detcov.__main__ import run; run()"
    )
    process = start("check", code=code)
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[0].startswith("detcov: rules/broken.toml:1:6: ")
    assert err.splitlines()[-1] == "detcov: interrupted"


@pytest.fixture
def many_lines(rules, write_rule):
    """Findings enough to fill a pipe several times."""
    for number in range(800):
        path = rules / f"execution_{number}_{'n' * 200}.toml"
        write_rule(path, technique="T1O53", tactic_name="Executing")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["--show", "note"], ["--format", "json"]])
@pytest.mark.usefixtures("many_lines")
def test_a_closed_pipe_is_quiet(start, args, unbuffered):
    process = start("check", *args, env={"PYTHONUNBUFFERED": unbuffered})
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 4


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [["check"], ["check", "--format", "json"], ["layer", "-o", "-"]])
@pytest.mark.usefixtures("rules")
def test_a_full_disk_behind_standard_output(start, args, unbuffered):
    with FULL.open("w", encoding="utf-8") as full:
        process = start(*args, stdout=full, env={"PYTHONUNBUFFERED": unbuffered})
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (4, "detcov: output: No space left on device\n")


@pytest.mark.parametrize("closed", [1, 2])
@pytest.mark.usefixtures("rules")
def test_a_stream_that_is_closed_from_the_start(start, closed):
    process = start(
        "check",
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.close(closed),
    )
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_an_encoding_that_lacks_letters(start, rules, write_rule):
    write_rule(rules / "execution_c.toml", technique="T✂53")
    process = start("check", env={"PYTHONIOENCODING": "latin-1"})
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "")
    assert r"'T\u270253' is no technique id" in out


# A signal that falls between Python's last look for one and the system's call to sleep doesn't
# end that sleep: many short ones, not a long one.
_SLOW_READING = """
import time, detcov.cli.run as run
def advance(self, documents):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
run._Bar.advance = advance
from detcov.__main__ import run
run()
"""
_SLOW_WRITING = """
import os, time
def replace(*args):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
os.replace = replace
from detcov.__main__ import run
run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", [_SLOW_READING, _SLOW_WRITING], ids=["reading", "writing"])
@pytest.mark.usefixtures("rules")
def test_an_interrupted_run_leaves_what_was_there(start, tmp_path, code, number):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x.json").write_text("before", encoding="utf-8")
    process = start("layer", "-o", out / "x.json", code=code)
    assert process.stdout.readline() == "now\n"
    process.send_signal(number)
    said, err = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "")
    assert err.splitlines()[-1] == "detcov: interrupted"
    assert "Traceback" not in err
    assert {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()} == {
        "x.json": "before"
    }


_IN_A_CALLBACK = """
import time, weakref, detcov.cli.run as run
class Kept: pass
def callback(_):
    print("now", flush=True)
    for _ in range(600):
        time.sleep(0.1)
def advance(self, documents):
    kept = Kept()
    watched = weakref.ref(kept, callback)
    del kept
    for _ in range(600):
        time.sleep(0.1)
run._Bar.advance = advance
from detcov.__main__ import run
run()
"""


@pytest.mark.usefixtures("rules")
def test_an_interruption_where_python_drops_errors(start):
    process = start("check", code=_IN_A_CALLBACK)
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.strip()) == (130, "detcov: interrupted")


def wait_until_full(pipe):
    """Until nothing more comes into it."""
    waiting, before = array("i", [0]), -1
    while waiting[0] != before or before <= 0:
        before = waiting[0]
        time.sleep(0.1)
        fcntl.ioctl(pipe, termios.FIONREAD, waiting)


@pytest.mark.parametrize("args", [["--show", "note"], ["--format", "json"]])
@pytest.mark.usefixtures("many_lines")
def test_an_interruption_while_nobody_reads(start, args):
    """The pipe is full, and stays so: the end must not wait for it."""
    process = start("check", *args)
    process.stdout.read(1)
    wait_until_full(process.stdout)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr.read().splitlines()[-1] == "detcov: interrupted"


_BAR = """
import sys, detcov.cli.run as run
run._BAR_AFTER = -1
from detcov.__main__ import run
run()
"""


@pytest.mark.usefixtures("rules")
def test_a_bar_counts_files_on_a_terminal(start):
    ours, theirs = pty.openpty()
    process = start("check", code=_BAR, stderr=theirs)
    out, _ = process.communicate(timeout=30)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert shown.startswith("\r\x1b[?25lReading rules  [")
    assert "#]  100%" in shown
    assert shown.endswith("\x1b[?25h\r\n"), "the cursor is shown again"
    assert max(len(line) for line in re.split(r"[\r\n]+", shown)) <= 80
    assert "Reading" not in out


@pytest.mark.usefixtures("rules")
def test_no_bar_in_a_pipe(start):
    process = start("check", code=_BAR)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "Reading" not in out


@pytest.mark.usefixtures("rules")
def test_a_short_run_shows_no_bar(start):
    ours, theirs = pty.openpty()
    process = start("check", stderr=theirs)
    process.communicate(timeout=30)
    os.write(theirs, b".")
    assert os.read(ours, 10_000) == b"."
    os.close(theirs)
    os.close(ours)


@pytest.mark.usefixtures("defective")
def test_bold_only_on_a_terminal(start):
    ours, theirs = pty.openpty()
    process = start("check", stdout=theirs)
    process.wait(timeout=30)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\x1b[1merror M101\x1b[0m" in shown
    assert "\x1b" not in start("check").communicate(timeout=30)[0]
