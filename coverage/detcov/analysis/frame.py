"""Coverage as a pandas DataFrame."""

from typing import TYPE_CHECKING

import pandas as pd
from msgspec import structs

from detcov.analysis.coverage import Coverage
from detcov.analysis.rows import CoverageRow, StageColumns, coverage_rows, stage_columns
from detcov.attack.release import Release
from detcov.model import Corpus

if TYPE_CHECKING:
    from detcov.analysis.stages import Stages


def to_frame(
    release: Release, coverage: Coverage, corpus: Corpus, stages: "Stages | None" = None
) -> pd.DataFrame:
    """One row a cell in scope; columns are the fields of `CoverageRow`.

    With `stages` those of `StageColumns` follow.
    """
    columns = list(CoverageRow.__struct_fields__)
    rows = [structs.asdict(row) for row in coverage_rows(release, coverage, corpus)]
    if stages is not None:
        columns += StageColumns.__struct_fields__
        for row in rows:
            row.update(structs.asdict(stage_columns(stages, row["technique_id"])))
    return pd.DataFrame(rows, columns=columns)
