"""The list of checks in docs/layers.md, made from the checks themselves."""

from typing import Final

from detcov.layer.checks import CHECKS

BEGIN: Final = "<!-- checks: begin, written by detcov.layer.docs.updated -->"
END: Final = "<!-- checks: end -->"


def checks_table() -> str:
    """Write every check as a row of a Markdown table."""
    rows = [
        "| code | name | severity | outcome | what is wrong | what follows |",
        "|---|---|---|---|---|---|",
    ]
    for check in CHECKS.values():
        attack = " (with the release)" if check.needs_attack else ""
        rows.append(
            f"| {check.code} | {check.name} | {check.severity} | {check.outcome} "
            f"| {check.summary}{attack} | {check.effect} |"
        )
    return "\n".join(rows) + "\n"


def updated(page: str) -> str:
    """Renew the table between the page's two markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{checks_table()}\n{END}{after}"
