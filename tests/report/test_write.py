import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from detcov.errors import OutputError
from detcov.report.write import write

FULL = Path("/dev/full")
_WRITE = """
import sys
from pathlib import Path
from detcov.report.write import write
write(Path(sys.argv[1]), b"data")
"""


def listed(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_and_its_folders_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "x.json", b"data")
    assert listed(tmp_path / "a" / "b") == {"x.json": b"data"}


def test_what_was_there_is_replaced(tmp_path):
    (tmp_path / "x").write_bytes(b"longer than what comes")
    write(tmp_path / "x", b"new")
    assert listed(tmp_path) == {"x": b"new"}


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_mode_is_that_of_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write(tmp_path / "x", b"")
    finally:
        assert os.umask(before) == mask
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode


def test_the_longest_name_is_fine(tmp_path):
    name = "é" * 127
    write(tmp_path / name, b"x")
    assert listed(tmp_path) == {name: b"x"}


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real/x")
    (tmp_path / "dangling").symlink_to("real/y")
    write(tmp_path / "link", b"new")
    write(tmp_path / "dangling", b"first")
    assert (tmp_path / "link").is_symlink()
    assert listed(tmp_path / "real") == {"x": b"new", "y": b"first"}


@pytest.mark.parametrize("target", ["/dev/null", "/dev/stdout"])
def test_a_device_is_written_through(target):
    done = subprocess.run([sys.executable, "-c", _WRITE, target], capture_output=True, check=True)
    assert done.stdout == (b"data" if target == "/dev/stdout" else b"")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def _file(tmp_path):
    (tmp_path / "file").write_bytes(b"a file")
    return tmp_path / "file" / "x", "{0}/file/x: can't be written: {0}/file is no folder"


def _below_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"a file")
    return tmp_path / "file" / "y" / "x", (
        "{0}/file/y/x: can't be written: {0}/file/y is no folder"
    )


def _folder(tmp_path):
    (tmp_path / "x").mkdir()
    return tmp_path / "x", "{0}/x: can't be written: is a folder"


def _name_too_long(tmp_path):
    return tmp_path / ("n" * 256), f"{{0}}/{'n' * 256}: can't be written: File name too long"


def _loop(tmp_path):
    (tmp_path / "x").symlink_to("x")
    return tmp_path / "x" / "y", "{0}/x/y: can't be written: {0}/x is no folder"


def _link_to_itself(tmp_path):
    (tmp_path / "x").symlink_to("x")
    return tmp_path / "x", "{0}/x: can't be written: Too many levels of symbolic links"


def _links_to_each_other(tmp_path):
    (tmp_path / "x").symlink_to("y")
    (tmp_path / "y").symlink_to("x")
    return tmp_path / "x", "{0}/x: can't be written: Too many levels of symbolic links"


_UNWRITABLE = [
    _file,
    _below_a_file,
    _folder,
    _name_too_long,
    _loop,
    _link_to_itself,
    _links_to_each_other,
]


@pytest.mark.parametrize("make", _UNWRITABLE)
def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path, make):
    path, message = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError) as raised:
        write(path, b"data")
    assert str(raised.value) == message.format(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_without_rights(tmp_path, without_rights):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "x").write_bytes(b"before")
    folder.chmod(0o555)
    with without_rights(), pytest.raises(OutputError, match=r"/x: can't be written: Permission"):
        write(folder / "x", b"data")
    folder.chmod(0o755)
    assert listed(folder) == {"x": b"before"}


@pytest.mark.parametrize("call", ["open", "replace"])
def test_a_disk_that_is_full_at_any_step(tmp_path, monkeypatch, call):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "x").write_bytes(b"before")
    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(OutputError) as raised:
            write(tmp_path / "x", b"data")
    assert str(raised.value) == f"{tmp_path}/x: can't be written: No space left on device"
    assert listed(tmp_path) == {"x": b"before"}


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_args):
        raise KeyboardInterrupt

    (tmp_path / "x").write_bytes(b"before")
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "x", b"data")
    assert listed(tmp_path) == {"x": b"before"}


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"a small disk can't be mounted: {error}")
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk):
    write(small_disk / "x", b"before")
    with pytest.raises(OutputError) as raised:
        write(small_disk / "x", b"n" * 100_000)
    assert str(raised.value) == f"{small_disk}/x: can't be written: No space left on device"
    assert listed(small_disk) == {"x": b"before"}


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_a_device_that_is_full():
    with pytest.raises(OutputError, match=r"^/dev/full: can't be written: No space left"):
        write(FULL, b"data")
