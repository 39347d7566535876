"""What a report says, before any format: headings, sentences, notes, numbers and tables.

A subject makes one Document; `report/formats.py` renders any Document as text, Markdown, CSV,
JSON or HTML. Text that came from a rule goes in as it is: each renderer makes it harmless.

A Document holds everything. JSON and CSV render `for_machines` of it, which shortens nothing;
text, Markdown and HTML render `for_people`, which cuts lists at their limits and says how many
are left out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, assert_never

from msgspec import Struct, structs

from detcov.analysis.coverage import Ratio
from detcov.model import Rule, RuleKey

_FILE = re.compile(r"[\w-][\w.-]*", re.ASCII)
UNNAMED: Final = "(unnamed rule)"
Audience = Literal["all", "people", "machines"]
"""Who a part or a column is for: people read text, Markdown and HTML, machines JSON and CSV"""


class Number(Struct, frozen=True, kw_only=True):
    """A number that stays one in JSON and CSV; `signed` shows a plus, as for a change."""

    value: int | float
    signed: bool = False


class Link(Struct, frozen=True, kw_only=True):
    """Text that leads somewhere. Only http and https are ever followed; others show as text."""

    text: str
    url: str


class Code(Struct, frozen=True, kw_only=True):
    """An id, a path or the like: shown in one width, never read as anything else."""

    text: str


Tone = Literal["good", "bad", "warn", "quiet"]


class State(Struct, frozen=True, kw_only=True):
    """A word such as "gained" or "lost"; `tone` adds the colour and says nothing alone."""

    word: str
    tone: Tone = "quiet"


class Related(Struct, frozen=True, kw_only=True):
    """Another file of the same report, in the same folder."""

    label: str
    file: str
    """A bare file name; others aren't linked"""

    @property
    def linked(self) -> bool:
        """Whether it is a bare file name."""
        return _FILE.fullmatch(self.file) is not None


class RuleCell(Struct, frozen=True, kw_only=True):
    """A rule: its name for people, its key for machines; JSON says once what a key stands for."""

    key: RuleKey
    name: str
    path: str
    called: str = ""
    """What people read in place of the name, such as one with the source in front"""
    note: str = ""
    """What people read in brackets after the name"""

    @classmethod
    def of(cls, rule: Rule, *, called: str = "") -> "RuleCell":
        """The cell of a rule that was read."""
        return cls(key=rule.key, name=rule.name, path=rule.path, called=called)


class Many(Struct, frozen=True, kw_only=True):
    """Several cells in one, in order: a list in JSON."""

    cells: "tuple[str | Number | Ratio | Link | Code | State | RuleCell, ...]"
    limit: int | None = None
    """Cells that people see, before "and 14 more"; None is all"""


Cell = str | Number | Ratio | Link | Related | Code | State | RuleCell | Many | None
"""What stands in a table; None is nothing, not even a zero"""


class Heading(Struct, frozen=True, kw_only=True):
    """Begins a section; the Document's title is level 1."""

    text: str
    level: Literal[2, 3] = 2
    audience: Audience = "all"


class Sentence(Struct, frozen=True, kw_only=True):
    """A line of prose; `strong` is the one to read first, `indent` counts steps."""

    text: str
    strong: bool = False
    indent: int = 0
    audience: Audience = "all"
    """People, where it retells in short what a table holds"""


class Note(Struct, frozen=True, kw_only=True):
    """What has to be known to read the numbers right."""

    text: str
    kind: Literal["note", "warning"] = "note"
    audience: Audience = "all"


class KeyNumber(Struct, frozen=True, kw_only=True):
    """One number to see first. `id` names it for machines."""

    id: str
    label: str
    value: Cell
    detail: str = ""


class KeyNumbers(Struct, frozen=True, kw_only=True):
    """The few numbers that a reader takes away."""

    numbers: tuple[KeyNumber, ...]
    audience: Audience = "all"


class Column(Struct, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    align: Literal["left", "right"] = "left"
    shrink: bool = False
    """May be cut, with an ellipsis, where the table is too wide for a terminal"""
    id: str = ""
    """Its name for machines, stable between versions; "" makes one of `name`"""
    kind: Literal["text", "ratio", "link", "rule"] = "text"
    """What its cells are, where CSV needs two columns for them: `id` and `id_of`, `id_url` or
    `id_name`"""
    audience: Audience = "all"


class Table(Struct, frozen=True, kw_only=True):
    """Rows under columns. Machines get one without rows, too; people don't."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    id: str = ""
    """Its name for machines, unique in a Document; "" makes one of its position"""
    limit: int | None = None
    """Rows that people see, before "and 55 more"; None is all"""
    hint: str = ""
    """What people read after that: where the others are"""
    audience: Audience = "all"


class Blank(Struct, frozen=True, kw_only=True):
    """A gap between parts; formats with paragraphs need none."""


Part = Heading | Sentence | Note | KeyNumbers | Table | Blank


class Document(Struct, frozen=True, kw_only=True):
    """A whole report."""

    title: str
    parts: tuple[Part, ...]
    subject: str = "document"
    """Its name for machines: "gaps", "suggest" …"""
    subtitle: str = ""
    """What it is about: dataset, scope, date"""
    lead: str = ""
    """What a text begins with, in place of the head that other formats have"""
    main: str = ""
    """Id of the table that stands for all of it in CSV; "" takes the first"""
    related: tuple[Related, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """A level 2 heading and what stands below it; the first may have none."""

    heading: Heading | None
    parts: tuple[Part, ...]


def for_people(document: Document) -> Document:
    """What people read: lists end at their limits and say how many are left out."""
    parts = (piece for part in document.parts for piece in _short(part))
    return structs.replace(document, parts=tuple(parts))


def for_machines(document: Document) -> Document:
    """What machines read: everything but what retells it for people."""
    parts = (
        _columns(part, "people") if isinstance(part, Table) else part
        for part in document.parts
        if _audience(part) != "people"
    )
    return structs.replace(document, parts=tuple(parts))


def _audience(part: Part) -> Audience:
    return "all" if isinstance(part, Blank) else part.audience


def _short(part: Part) -> Iterator[Part]:
    if _audience(part) == "machines":
        return
    if not isinstance(part, Table):
        yield part
        return
    table = _columns(part, "machines")
    rows = tuple(tuple(map(_cut, row)) for row in table.rows[: table.limit])
    if rows:
        yield structs.replace(table, rows=rows)
    if left := len(table.rows) - len(rows):
        yield Sentence(text=f"and {left:,} more{table.hint}", indent=1)


def _columns(table: Table, without: Audience) -> Table:
    """The table without the columns of one audience."""
    kept = [at for at, one in enumerate(table.columns) if one.audience != without]
    if len(kept) == len(table.columns):
        return table
    return structs.replace(
        table,
        columns=tuple(table.columns[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in table.rows),
    )


def _cut(cell: Cell) -> Cell:
    if not isinstance(cell, Many) or cell.limit is None or len(cell.cells) <= cell.limit:
        return cell
    left = len(cell.cells) - cell.limit
    return Many(cells=(*cell.cells[: cell.limit], f"and {left:,} more"))


def rules_named(document: Document) -> dict[str, RuleCell]:
    """The rules of all tables by key, sorted."""
    found: dict[str, RuleCell] = {}
    for table in tables(document).values():
        for row in table.rows:
            for cell in row:
                for one in cell.cells if isinstance(cell, Many) else (cell,):
                    if isinstance(one, RuleCell):
                        found.setdefault(str(one.key), one)
    return dict(sorted(found.items()))


def plain(cell: Cell) -> str:  # noqa: PLR0911 - one a kind of cell
    """A cell as bare text, as it was written: not yet harmless."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Number():
            return _number(cell)
        case Ratio():
            return f"{cell.numerator:,} of {cell.denominator:,} ({cell.percent})"
        case Link() | Code():
            return cell.text
        case Related():
            return cell.label
        case State():
            return cell.word
        case RuleCell():
            return _rule(cell)
        case Many():
            return ", ".join(map(plain, cell.cells))
        case _:
            assert_never(cell)


def tables(document: Document) -> dict[str, Table]:
    """The tables by id, in order; one whose id is taken, or that has none, gets "table-N"."""
    found: dict[str, Table] = {}
    for part in document.parts:
        if isinstance(part, Table):
            fallback = f"table-{len(found) + 1}"
            found[part.id if part.id and part.id not in found else fallback] = part
    return found


def column_ids(table: Table) -> tuple[str, ...]:
    """A name for machines for each column, unique in the table."""
    found: list[str] = []
    for position, column in enumerate(table.columns, start=1):
        wanted = column.id or slug(column.name).replace("-", "_") or f"column_{position}"
        found.append(f"{wanted}_{position}" if wanted in found else wanted)
    return tuple(found)


def sections(parts: Iterable[Part]) -> tuple[Section, ...]:
    """The parts by the level 2 headings they stand under, gaps left out."""
    found: list[tuple[Heading | None, list[Part]]] = [(None, [])]
    for part in parts:
        if isinstance(part, Heading) and part.level == 2:
            found.append((part, []))
        elif not isinstance(part, Blank):
            found[-1][1].append(part)
    return tuple(
        Section(heading=heading, parts=tuple(inside))
        for heading, inside in found
        if heading is not None or inside
    )


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits with single hyphens; may be empty."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _rule(cell: RuleCell) -> str:
    name = cell.called or cell.name or UNNAMED
    return f"{name} ({cell.note})" if cell.note else name


def _number(number: Number) -> str:
    value = number.value
    shown = f"{value:,}" if isinstance(value, int) else _decimal(value)
    return f"+{shown}" if number.signed and value > 0 else shown


def _decimal(value: float) -> str:
    shown = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown
