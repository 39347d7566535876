"""Coverage as a pandas DataFrame."""

import pandas as pd
from msgspec import structs

from detcov.analysis.coverage import Coverage
from detcov.analysis.rows import CoverageRow, coverage_rows
from detcov.attack.release import Release
from detcov.model import Corpus


def to_frame(release: Release, coverage: Coverage, corpus: Corpus) -> pd.DataFrame:
    """One row a cell in scope, with the fields of `CoverageRow` as columns."""
    rows = [structs.asdict(row) for row in coverage_rows(release, coverage, corpus)]
    return pd.DataFrame(rows, columns=list(CoverageRow.__struct_fields__))
