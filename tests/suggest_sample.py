"""Candidates for the gaps that the rules of study_sample.py leave open, by made-up groups."""

from detcov import api
from detcov.model import ScopeColumn, Stated
from made import make_corpus, make_mapping, make_rule, make_state
from report.study_sample import sample
from threat_sample import THREATS


def candidate(native_id, *techniques, column="other", **fields):
    return make_rule(
        *map(make_mapping, techniques),
        native_id=native_id,
        name=f"Rule {native_id}",
        source=fields.pop("source", "theirs"),
        column=Stated(value=ScopeColumn(column), field="tags"),
        **fields,
    )


def suggest(*candidates, study=None, **options):
    return api.suggest_from(study or sample(), make_corpus(*candidates), threats=THREATS, **options)


RULES = (
    candidate("a", "T1050", "T1002"),
    candidate("b", "T1050", "T1021"),
    candidate("c1", "T1002", "T1008", "T1018", state=make_state("experimental")),
    candidate("c2", "T1002", "T1008", "T1018"),
    candidate("d", "T1003"),
    candidate("e", "T1021"),
    candidate("f", "T1001", "T1040", "T9999"),
)
