"""Weeks of a repository of a real corpus's size: `detcov weekly` against the floor.

    python benchmarks/weekly.py FOLDER-OF-RULES

Makes a repository of the rules in which a fortieth of the files changes every week (a tenth a
month), and prints, as ratios within this run: a cold weekly report of 12 weeks to a cold `detcov
layer`, one again with nothing new to `tomli.loads` on all files in one process, and one of 104
weeks without a cache to the same. Figures are processor seconds, medians of runs in turn; the 104
weeks are run once.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pygit2
import tomli

WEEKS, LONG, PART, RUNS = 12, 104, 40, 5
START = 1_772_000_000
WEEK = 7 * 86_400


def main() -> None:
    rules = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        repository, cache = Path(place) / "repository", Path(place) / "cache"
        files = make(repository, rules)
        weekly = ("weekly", "rules", "--repo", repository, "--out", Path(place) / "out")
        long = ("weekly", "rules", "--repo", repository, "--weeks", LONG, "--format", "json")
        layer = ("layer", rules, "-o", Path(place) / "layer.json")
        markdown = (*weekly[:-2], "--format", "markdown")
        # As an installed package is: compiled already.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(place) / "compiled")
        for command in (weekly, layer):
            timed(*command, "--no-cache")
        times = {name: [] for name in ("layer", "weekly", "markdown", "again", "plain", "floor")}
        for run in range(RUNS):
            times["layer"].append(timed(*layer, "--cache-dir", f"{cache}-l{run}"))
            times["weekly"].append(timed(*weekly, "--cache-dir", f"{cache}-w{run}"))
            times["markdown"].append(timed(*markdown, "--cache-dir", f"{cache}-m{run}"))
            times["again"].append(timed(*weekly, "--cache-dir", f"{cache}-w0"))
            times["plain"].append(timed(*markdown, "--cache-dir", f"{cache}-w0"))
            times["floor"].append(parse(files))
        long_time = timed(*long, "--no-cache")
    layer_time, weekly_time, text_time, again, plain, floor = map(statistics.median, times.values())
    print(f"{len(files):,} files")
    print(f"cold layer {layer_time:.2f} s, cold weekly {weekly_time:.2f} s")
    print(f"  ratio {weekly_time / layer_time:.2f} (limit 5)")
    print(f"  Markdown only {text_time:.2f} s, ratio {text_time / layer_time:.2f}")
    print(f"floor {floor:.2f} s, weekly again {again:.2f} s, Markdown only {plain:.2f} s")
    print(f"  ratio {again / floor:.2f} (limit 2), Markdown only {plain / floor:.2f}")
    print(f"{LONG} weeks without cache {long_time:.2f} s, ratio {long_time / floor:.1f} (limit 35)")


def make(path: Path, rules: Path) -> list[bytes]:
    """The repository, checked out; gives the contents of its last commit."""
    git = pygit2.init_repository(str(path), initial_head="main")
    names = sorted(one.relative_to(rules).as_posix() for one in rules.rglob("*.toml"))
    contents = {name: (rules / name).read_bytes() for name in names}
    last: list[pygit2.Oid] = []
    for week in range(LONG + 1):
        if week:
            line = b"# week %d\n" % week
            for name in names[week % PART :: PART]:
                # Every second week no place in the changed files stays where it was.
                contents[name] = contents[name] + line if week % 2 else line + contents[name]
        index = pygit2.Index()
        for name, data in contents.items():
            index.add(pygit2.IndexEntry(f"rules/{name}", git.create_blob(data), 0o100644))
        who = pygit2.Signature("Nobody", "nobody@example.org", START + week * WEEK, 0)
        tree = index.write_tree(git)
        last = [git.create_commit("refs/heads/main", who, who, f"Week {week}", tree, last)]
    git.free()
    for command in ("gc --quiet", "reset --quiet --hard"):
        subprocess.run(["git", *command.split()], cwd=path, check=True)
    return list(contents.values())


def timed(*arguments: object) -> float:
    """Processor seconds of a whole process: a busy machine changes them less than the clock's."""
    command = [sys.executable, "-m", "detcov", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def parse(files: list[bytes]) -> float:
    start = time.process_time()
    for data in files:
        tomli.loads(data.decode())
    return time.process_time() - start


if __name__ == "__main__":
    main()
