"""Container coverage in the columns of Microsoft's Threat Matrix for Kubernetes."""

from collections.abc import Iterator

from detcov.analysis.gap_study import GapStudy
from detcov.analysis.kubernetes_lens import LensRow, by_tactic
from detcov.report.cells import codes
from detcov.report.document import Cell, Code, Column, Number, State, Table
from detcov.report.gaps_tables import GapTables, Medium


def matrix_table(found: GapStudy, tables: GapTables, medium: Medium) -> Table:
    """A row a tactic on a terminal, else one a technique in each of its tactics."""
    if medium == "terminal":
        return tables.table("kubernetes-matrix", _TACTIC_COLUMNS, tuple(_tactic_rows(found)))
    return tables.table("kubernetes-matrix", _COLUMNS, tuple(_rows(found)))


_TACTIC_COLUMNS = (
    Column(name="tactic"),
    Column(name="covered", align="right"),
    Column(name="open", shrink=True),
)
_COLUMNS = (
    Column(name="tactic"),
    Column(name="id"),
    Column(name="name"),
    Column(name="ATT&CK", id="attack"),
    Column(name="state"),
    Column(name="rules", align="right"),
    Column(name="via", align="right"),
    Column(name="node", align="right"),
)


def _tactic_rows(found: GapStudy) -> Iterator[tuple[Cell, ...]]:
    for tactic, inside in by_tactic(found.matrix, found.lens).items():
        told = [row for row in inside if row.mapped]
        covered = sum(1 for row in told if row.covered)
        names = ", ".join(row.technique.name for row in told if not row.covered)
        yield tactic, f"{covered} of {len(told)}", names or "none"


def _rows(found: GapStudy) -> Iterator[tuple[Cell, ...]]:
    for tactic, inside in by_tactic(found.matrix, found.lens).items():
        for row in inside:
            yield (
                tactic,
                Code(text=row.technique.id),
                row.technique.name,
                codes(row.attack),
                _state(row),
                Number(value=len(row.rules)),
                Number(value=len(row.via)),
                Number(value=len(row.node)),
            )


def _state(row: LensRow) -> State:
    if not row.mapped:
        return State(word="not mapped to ATT&CK")
    if row.covered:
        return State(word="covered", tone="good")
    return State(word="node only", tone="warn") if row.node else State(word="open", tone="bad")
