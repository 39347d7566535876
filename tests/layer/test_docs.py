"""The documentation's list of checks is the code's."""

import re
from pathlib import Path

from detcov.layer.checks import CHECKS
from detcov.layer.docs import updated

PAGE = Path(__file__).parents[2] / "docs" / "layers.md"


def test_the_page_lists_the_checks_as_they_are():
    page = PAGE.read_text(encoding="utf-8")
    current = updated(page)

    assert page == current, (
        "docs/layers.md is out of date: python -c 'from pathlib import Path; "
        'from detcov.layer.docs import updated; p = Path("docs/layers.md"); '
        'p.write_text(updated(p.read_text(encoding="utf-8")), encoding="utf-8")\''
    )
    assert re.findall(r"^\| (L\d+)", page, re.MULTILINE) == list(CHECKS)


def test_codes_and_names_are_used_once():
    assert all(code == check.code for code, check in CHECKS.items())
    assert len({check.name for check in CHECKS.values()}) == len(CHECKS)
