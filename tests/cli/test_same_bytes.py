"""The same input gives the same bytes, whatever the process's order of sets is."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTS = ("--facts", ROOT / "rules" / "facts.example.csv", "--date", "2026-05-05")


@pytest.mark.parametrize(
    ("command", "files"),
    [
        (
            ("report", *FACTS, "--gaps", "Containers", "--gaps", "Linux"),
            {"heatmap.html", "heatmap.png", "coverage.json", "stages.layer.json", "gaps-linux.png"},
        ),
        (("layer", "--split", "tag"), {"index.html", "os-linux.layer.json"}),
    ],
    ids=["report", "split"],
)
def test_two_processes_write_the_same(start, tmp_path, command, files):
    option = "--out" if command[0] == "report" else "--output"
    folders = {seed: tmp_path / seed for seed in ("1", "2")}
    runs = [
        start(*command, ROOT / "rules", option, folder, env={"PYTHONHASHSEED": seed})
        for seed, folder in folders.items()
    ]
    assert [run.communicate(timeout=120)[1] for run in runs] == ["", ""]
    one, other = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders.values()
    )
    assert files <= one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
