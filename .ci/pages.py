"""Writes the pages, and the parts of pages, that are made from the code (docs/checks.md …)."""

from pathlib import Path

from detcov.check.docs import checks_page
from detcov.load import PARSERS
from detcov.load.docs import index_page, with_made_part

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Write them where they stand."""
    _write(DOCS / "checks.md", checks_page())
    _write(DOCS / "formats" / "README.md", index_page())
    for name in PARSERS:
        page = DOCS / "formats" / f"{name}.md"
        _write(page, with_made_part(page.read_text(encoding="utf-8"), name))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
