"""Builds the wheel and looks whether everything that runs need is in it, and nothing else."""

import subprocess
import sys
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
    """0 when the wheel holds the package, its data and templates; 1 with what is wrong."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = folder.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "coverage" / "detcov"
    modules = {f"detcov/{path.relative_to(source).as_posix()}" for path in source.rglob("*.py")}
    data = {
        f"detcov/data/{path.name}" for path in (source / "data").iterdir() if path.name[0] != "."
    }
    missing = sorted((modules | data | {f"detcov/{one}" for one in NEEDED}) - names)
    strange = sorted(n for n in names if not n.startswith(("detcov/", "detcov-")))
    for label, found in (("missing from the wheel", missing), ("strange in the wheel", strange)):
        for name in found:
            sys.stderr.write(f"{label}: {name}\n")
    return 1 if missing or strange else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
