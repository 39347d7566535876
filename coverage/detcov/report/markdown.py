"""Renders a Document as GitHub flavoured Markdown: for a pull request, a mail, a chat.

Nothing a rule says becomes markup, a mention, a reference or a link. A backslash stops markup;
mentions, references and bare addresses are found in the text after that (GitHub Flavored
Markdown, 6.9, and GitHub's own filters), so a zero width space breaks them.
"""

import re
from collections.abc import Iterator
from typing import assert_never
from urllib.parse import quote

from detcov.analysis.coverage import Ratio
from detcov.report.clean import clean, one_of_ours
from detcov.report.document import (
    Blank,
    Cell,
    Code,
    Column,
    Document,
    Heading,
    KeyNumber,
    KeyNumbers,
    Link,
    Many,
    Note,
    Number,
    Part,
    Related,
    RuleCell,
    Sentence,
    State,
    Table,
    for_people,
    plain,
)

_BREAK = "&#8203;"
_MEANT = re.compile(
    r"(?P<shy>@|\#(?=\w)|://|\bwww(?=\.)|\bGH-(?=\d)|\b[0-9a-f]{8}(?=[0-9a-f]{32}\b))"
    r"|(?P<dollar>\$)"
    r"|(?P<mark>[\\`*_{}\[\]<>|~\#&])",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[-+=:]|\d+(?=[.)])")
"""What would make a line a list or a heading, or a command to a CI runner"""
_LINK_SAFE = "/:?#@!$&'*+,;=%~-._"


def render_markdown(document: Document) -> str:
    """The document as Markdown; tables, lists and callouts as GitHub knows them."""
    document = for_people(document)
    blocks = [f"# {escape(document.title)}"]
    if document.subtitle:
        blocks.append(_line(escape(document.subtitle)))
    if document.related:
        blocks.append(_line(" · ".join(filter(None, map(_related, document.related)))))
    bullets: list[str] = []
    for part in document.parts:
        if isinstance(part, Sentence) and part.indent:
            bullets.append(f"{'  ' * (part.indent - 1)}- {_sentence(part)}")
            continue
        if bullets:
            blocks.append("\n".join(bullets))
            bullets = []
        blocks += _part(part)
    if bullets:
        blocks.append("\n".join(bullets))
    return "\n\n".join(filter(None, blocks)) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line, wherever it stands but at a line's start."""
    return _MEANT.sub(_escaped, clean(text)).strip(" ")


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    if found["dollar"]:
        return "<span>$</span>"  # GitHub's way to keep a dollar out of a formula
    if found["mark"]:
        return f"\\{text}"
    if text == "://":
        return f":{_BREAK}//"
    return f"\\{text}{_BREAK}" if text == "#" else f"{text}{_BREAK}"


def _part(part: Part) -> Iterator[str]:
    match part:
        case Blank():
            return
        case Heading():
            yield f"{'#' * part.level} {escape(part.text)}"
        case Sentence():
            yield _sentence(part)
        case Note():
            yield f"> [!{part.kind.upper()}]\n> {_line(escape(part.text))}"
        case KeyNumbers():
            yield "\n".join(f"- {_key_number(number)}" for number in part.numbers)
        case Table():
            if part.rows:
                yield _bold(escape(part.title))
                yield _table(part)
        case _:
            assert_never(part)


def _sentence(sentence: Sentence) -> str:
    shown = _line(escape(sentence.text))
    return _bold(shown) if sentence.strong else shown


def _bold(escaped: str) -> str:
    return f"**{escaped}**" if escaped else ""


def _line(escaped: str) -> str:
    """Escaped text that is safe at the start of a line too."""
    if not (found := _BEGINS.match(escaped)):
        return escaped
    if found[0][0].isdigit():
        return f"{found[0]}\\{escaped[found.end() :]}"
    return f"\\{escaped}"


def _key_number(number: KeyNumber) -> str:
    detail = f", {escape(number.detail)}" if number.detail else ""
    return f"{_line(escape(number.label))}: {_bold(_cell(number.value))}{detail}"


def _related(related: Related) -> str:
    label = escape(related.label)
    return f"[{label}]({related.file})" if related.linked else label


def _table(table: Table) -> str:
    lines = [
        _row([escape(column.name) for column in table.columns]),
        _row([_rule(column) for column in table.columns]),
        *(_row([_cell(cell) for cell in row]) for row in table.rows),
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(column: Column) -> str:
    return "---:" if column.align == "right" else "---"


def _cell(cell: Cell) -> str:
    match cell:
        case Link() if one_of_ours(cell.url):
            return f"[{escape(cell.text)}](<{_address(cell.url)}>)"
        case Related():
            return _related(cell)
        case Code():
            return _code(cell.text)
        case State(tone="bad"):
            return _bold(escape(cell.word))
        case Many():
            return ", ".join(map(_cell, cell.cells))
        case None | str() | Number() | Ratio() | Link() | State() | RuleCell():
            return escape(plain(cell))
        case _:
            assert_never(cell)


def _address(url: str) -> str:
    return quote(url, safe=_LINK_SAFE, errors="replace").replace("&", "&amp;")


def _code(text: str) -> str:
    """A code span; an element where the span's own marks, or a table's, are in it."""
    shown = clean(text).strip(" ")
    if not shown:
        return ""
    if re.search(r"[`|\\]", shown):
        return f"<code>{escape(shown)}</code>"
    return f"`{shown}`"
