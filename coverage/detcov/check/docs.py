"""The page docs/checks.md, made from the checks themselves."""

from typing import Final

from detcov.check import CHECKS
from detcov.check.base import Check
from detcov.load import rule_format

_HEAD: Final = """\
# Checks

<!-- Written by detcov.check.docs.checks_page from the checks themselves; don't edit it here. -->

`detcov check` judges every rule that isn't deprecated (with `--count all` those too) against a
release of MITRE ATT&CK®. What is wrong in every release at hand has a code that begins with M (a
mapping) or R (a rule). What was right in an earlier release and is outdated in this one is
**drift**: it has a code that begins with D, is always a note, and fails a run only with `--fail-on
drift`. `--literal` knows the one release alone, so nothing is drift. What only a later release has
is M114. One fault is told once: a misspelt tactic by M113 or R204 with the tactic that is meant, a
misspelt technique by M101 or M102, a choice that waits for a person by D120; and none of them again
by what it leaves without a partner (M116, M117, M118, R205, R206). With `--facts`, codes that begin
with F judge [facts about the estate](facts.md). [concepts.md](concepts.md) tells how releases are
compared, and where these checks differ from other tools on purpose.

"""


def checks_page() -> str:
    """Write the whole page, as Markdown."""
    rows = ["| code | as drift | severity | name | what is wrong |", "|---|---|---|---|---|"]
    rows += [
        f"| [{one.code}](#{_anchor(one)}) | {one.drift_code or ''} | {one.severity} "
        f"| {one.name} | {one.summary} |"
        for one in CHECKS
    ]
    return _HEAD + "\n".join(rows) + "\n" + "".join(_section(one) for one in CHECKS)


def _anchor(check: Check) -> str:
    return f"{check.code}-{check.name}".lower()


def _asked_of(check: Check) -> str:
    if not check.formats:
        return ""
    titles = ", ".join(rule_format(name).title for name in check.formats)
    return f" Asked of: {titles}."


def _section(check: Check) -> str:
    drift = f" As drift: {check.drift_code}, a note." if check.drift_code else ""
    return f"""
## {check.code} {check.name}

{check.summary} Severity: {check.severity}.{drift}{_asked_of(check)}

- Why: {check.why}
- Example: {check.example}
- What to do: {check.fix}
"""
