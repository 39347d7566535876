"""Builds sdist and wheel; looks whether each holds all that it needs, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "py.typed",
    "data/NOTICE",
    "templates/base.css",
    "templates/heatmap.html.j2",
    "templates/heatmap/main.js",
)


def main(folder: Path) -> int:
    """0 when both hold what they should; 1 with what is wrong."""
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wrong = [*_wrong_in_sdist(*folder.glob("*.tar.gz")), *_wrong_in_wheel(*folder.glob("*.whl"))]
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _wrong_in_sdist(sdist: Path) -> list[str]:
    """The sdist is the repository, so that the tests run from it."""
    if not (ROOT / ".git").exists():
        return []  # an unpacked sdist itself
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607 - whichever git there is
        check=True,
        capture_output=True,
        text=True,
    )
    tracked = set(listed.stdout.split("\0")) - {""}
    return [
        *(f"missing from the sdist: {name}" for name in sorted(tracked - names)),
        *(f"strange in the sdist: {name}" for name in sorted(names - tracked - {"PKG-INFO"})),
    ]


def _wrong_in_wheel(wheel: Path) -> list[str]:
    names = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "coverage" / "detcov"
    modules = {f"detcov/{path.relative_to(source).as_posix()}" for path in source.rglob("*.py")}
    data = {
        f"detcov/data/{path.name}" for path in (source / "data").iterdir() if path.name[0] != "."
    }
    missing = (modules | data | {f"detcov/{one}" for one in NEEDED}) - names
    strange = (name for name in names if not name.startswith(("detcov/", "detcov-")))
    return [
        *(f"missing from the wheel: {name}" for name in sorted(missing)),
        *(f"strange in the wheel: {name}" for name in sorted(strange)),
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
