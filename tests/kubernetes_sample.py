"""Rules that look at containers, and others, against the real matrix and ATT&CK 19.0."""

from detcov.attack.store import load_release
from detcov.model import ScopeColumn, Stated
from detcov.study import build_study
from made import make_corpus, make_mapping, make_rule, make_state


def rule(name, column, *techniques, **fields):
    return make_rule(
        *map(make_mapping, techniques),
        native_id=name,
        name=f"Rule {name}",
        column=Stated(value=ScopeColumn(column), field="tags"),
        **fields,
    )


RULES = (
    rule("deploys <b>\x1b[2J", "runtime", "T1610"),
    rule("wipes", "node", "T1485", platforms=["Linux"]),
    rule("clears", "control plane", "T1070.004"),
    rule("escapes", "other", "T1611", platforms=["Windows"]),
    rule("old", "runtime", "T1609", state=make_state("deprecated")),
    rule("floods", "runtime", "T1499"),
)


def sample():
    return build_study(make_corpus(*RULES), load_release("19.0"))
