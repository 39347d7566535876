import os

import pytest
from msgspec import structs

from detcov.errors import HistoryError, OutputError
from detcov.history.snapshot import Snapshot, encode_snapshot
from detcov.history.snapshot_folder import may_be_written, read_snapshot, read_snapshots
from made import ENTRY, make_corpus, make_mapping, make_rule

SNAPSHOT = Snapshot(
    date="2026-05-04", corpus=make_corpus(make_rule(make_mapping("T1002", ENTRY))), hashes={}
)
TEXT = encode_snapshot(SNAPSHOT).decode()


def test_a_folder_of_snapshots_in_order_with_the_damaged_ones_named(tmp_path):
    for name, date in (("2026-05-11", "2026-05-11"), ("x", "2026-05-04"), ("y", "2026-05-04")):
        (tmp_path / f"{name}.json").write_text(TEXT.replace("2026-05-04", date))
    (tmp_path / "2026-05-18.json").write_text(TEXT[:100])
    (tmp_path / "note.txt").write_text("no snapshot")
    found, damaged = read_snapshots(tmp_path)
    assert [one.date for one in found] == ["2026-05-04", "2026-05-11"]
    assert [str(one) for one in damaged] == [
        "2026-05-18.json: damaged: Input data was truncated",
        "y.json: left out: another file is of 2026-05-04 already",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_no_snapshot(tmp_path):
    (tmp_path / "a.json").write_text(TEXT)
    os.mkfifo(tmp_path / "b.json")
    (tmp_path / "c.json").mkdir()
    (tmp_path / "d.json").symlink_to("/dev/zero")
    found, damaged = read_snapshots(tmp_path)
    assert len(found) == 1
    assert [str(one) for one in damaged] == [
        f"{name}.json: can't be read: not a regular file" for name in "bcd"
    ]
    os.mkfifo(tmp_path / SNAPSHOT.file_name)
    with pytest.raises(OutputError, match="there is another"):
        may_be_written(SNAPSHOT, tmp_path)


@pytest.mark.parametrize("there", [False, True])
def test_no_snapshot_at_all_is_said(tmp_path, there):
    folder = tmp_path / "history"
    if there:
        folder.mkdir()
    with pytest.raises(HistoryError, match=r"history: (No such file|no snapshot)"):
        read_snapshots(folder)


def test_one_snapshot_by_its_path(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(HistoryError) as raised:
        read_snapshot(path)
    assert str(raised.value) == f"{path}: No such file or directory"
    path.write_text("{")
    with pytest.raises(HistoryError) as raised:
        read_snapshot(path)
    assert str(raised.value) == f"{path}: damaged: Input data was truncated"


def test_history_is_added_to_and_never_rewritten(tmp_path):
    assert may_be_written(SNAPSHOT, tmp_path)
    (tmp_path / SNAPSHOT.file_name).write_bytes(encode_snapshot(SNAPSHOT))
    assert not may_be_written(SNAPSHOT, tmp_path)
    with pytest.raises(OutputError, match="there is another snapshot of 2026-05-04"):
        may_be_written(structs.replace(SNAPSHOT, commit="5678"), tmp_path)
