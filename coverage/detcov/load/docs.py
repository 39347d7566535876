"""The made parts of docs/formats: how each format is read, from what its parser says of itself."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from detcov.load import PARSERS, SYNTAXES, rule_format
from detcov.load.parsed import About, RuleFormat

_BEGIN: Final = "<!-- Made by .ci/pages.py from detcov.load.{name}; don't edit it here. -->"
_END: Final = "<!-- What is made ends here. -->"
_MADE: Final = re.compile(r"<!-- Made by .*?<!-- What is made ends here\. -->", re.DOTALL)
_INDEX: Final = """\
# Rule formats

<!-- Made by .ci/pages.py from the parsers themselves; don't edit it here. -->

A file's ending names its syntax; the formats of that syntax are asked in this order whether they
know its content.

A file without a rule is passed over. Every summary says how many there were; `detcov check
--show-ignored` lists them with the reason, as findings.json does:

| reason | |
| --- | --- |
| no such ending | no syntax has the ending of the file's name |
| no format matched | no format knows the content; a broken file in which no format's words stand |
| other kind of the same tool | a macro, a query, a filter, a pack: known, and no rule |
| folder of tests or tooling | Sigma's `regression_data`, `tests`; Elastic's `tests`, \
`detection_rules/etc` |
| dot folder or file | the name begins with a dot; such a folder is one line and isn't entered |
| empty | nothing but blanks |
| excluded | by `--exclude` or the setting |

A file that only a rule can look like and that gives none is no such file. A Sigma file with
`detections:` or an Elastic one with `[rules]` can't be read (exit 3); the message has the place
and says what is missing. At most 10,000 mappings are read of a file; the rest is told likewise,
with the place of the first that is left out.

"""


def index_page() -> str:
    """Write docs/formats/README.md: all formats, in the order they are asked."""
    return _INDEX + _table(
        ("format", "syntax", "mappings", "tactic and technique", "rule key"),
        (
            (
                f"[{one.title}]({name}.md)",
                _syntax(name),
                one.about.mappings,
                _pairing(one),
                one.about.key,
            )
            for name, one in ((name, rule_format(name)) for name in PARSERS)
        ),
    )


def with_made_part(page: str, name: str) -> str:
    """Put the made part of a format's page in the place of the one there, or at its end."""
    made = made_part(name)
    if _MADE.search(page):
        return _MADE.sub(lambda _: made, page, count=1)
    return f"{page.rstrip()}\n\n{made}\n"


def made_part(name: str) -> str:
    """Write how a format is read: files, mappings, key, state, platforms, container columns."""
    one = rule_format(name)
    about = one.about
    sections = (
        _BEGIN.format(name=name),
        "## How it is read\n",
        _table(("", ""), _facts(name, one)),
        f"## State\n\n{_STATE}\n",
        _table(("fact", "value", "when", "field"), _states(about)),
        "## Containers\n\nThe first line that fits; the field that decided is kept.\n",
        _table(("column", "when"), about.columns),
        *_platforms(about),
        _END,
    )
    return "\n".join(sections)


_STATE: Final = """\
The first line that fits, fact by fact; every fact keeps the field it came from. A rule is **live**
if it isn't deprecated, emits an alert, is a detection and isn't disabled."""


def _facts(name: str, one: RuleFormat) -> Iterator[tuple[str, str]]:
    about = one.about
    yield "name", f"`{name}`"
    yield "syntax", _syntax(name)
    yield "files", about.files
    yield "mappings", about.mappings
    yield "tactic and technique", _pairing(one)
    yield "rule key", about.key
    yield "severity", about.severity
    yield "platforms", about.platforms


def _states(about: About) -> Iterator[tuple[str, ...]]:
    before = ""
    for line in about.state:
        field = f"`{line.field}`" if line.field else ""
        yield "" if line.fact == before else line.fact, line.value, line.when, field
        before = line.fact


def _platforms(about: About) -> Iterator[str]:
    if about.platform_values:
        yield "## Platforms\n"
        yield _table(("what states it", "MITRE ATT&CK® platform"), about.platform_values.items())


def _syntax(name: str) -> str:
    syntax = PARSERS[name].syntax
    shown = "Suricata" if syntax == "suricata" else syntax.upper()
    return f"{shown} ({', '.join(f'`{one}`' for one in SYNTAXES[syntax].suffixes)})"


def _pairing(one: RuleFormat) -> str:
    return "stated together" if one.paired else "stated apart"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
