"""Rules that are one in two sources; what tests expect of them is written from this table.

That two are one is known by an equal UUID, by an alias of the settings, or by the id that the one
in b says it had before (then the ids in b are W and X, others).

| rule | in a (elastic) | in b (kibana) |
|---|---|---|
| U | live, T1001, Linux | live, T1002, Windows; id in upper case |
| V | deprecated, T1020 | live, T1020 |
| two | | live, T1001, Windows |
"""

from detcov.load.corpus import united
from detcov.study import StudyOptions, build_study
from made import ENTRY, NEW, STAYING, make_corpus, make_mapping, make_rule, make_state

U = "0a1b2c3d-0000-4000-8000-00000000000a"
V = "0a1b2c3d-0000-4000-8000-00000000000b"
W = "0a1b2c3d-0000-4000-8000-00000000000c"
X = "0a1b2c3d-0000-4000-8000-00000000000d"
OLD = make_state(lifecycle="deprecated")


def in_a(native_id, technique, **fields):
    fields = {"name": native_id[-1], "path": f"{native_id[-1]}.toml", "source": "a"} | fields
    return make_rule(make_mapping(technique), native_id=native_id, **fields)


def in_b(native_id, technique, **fields):
    about = {"source": "b", "format": "kibana", "path": "export.ndjson"}
    return in_a(native_id, technique, **(about | fields))


def both(first, second, former=((), ())):
    """The rules of the table; `first` and `second` are the ids of U and V in b."""
    return (
        in_a(U, "T1001", platforms=("Linux",)),
        in_a(V, "T1020", state=OLD),
        in_b(first, "T1002", platforms=("Windows",), name="a", former=former[0]),
        in_b(second, "T1020", name="b", former=former[1]),
        in_b("two", "T1001", platforms=("Windows",)),
    )


RULES = both(U.upper(), V)
SAME = {
    "by UUID": (RULES, ()),
    # Each way to call a rule: its key in any case, its id, its path with its source before it.
    "by alias": (both(W, X), ([f"A:Elastic:{U}", W], ["a/b.toml", f"b:kibana:{X}"])),
    "by former id": (both(W, X, former=((U.upper(),), (V,))), ()),
}
"""How the rules are one to the rules, and the aliases"""


def study_of(*rules, aliases=(), **options):
    corpus = united(make_corpus(*rules), aliases)
    assert corpus.notes == ()
    return build_study(corpus, NEW, options=StudyOptions(**options))


CELLS = (
    make_rule(make_mapping("T1002", ENTRY), native_id=U, source="a", name="U"),
    make_rule(make_mapping("T1002", ENTRY), native_id=V, source="a", name="V"),
    make_rule(make_mapping("T1002", STAYING), native_id=U, source="b", name="U"),
    make_rule(make_mapping("T1002"), native_id=V, source="b", name="V"),
)
"""T1002 is under Entry and Staying. V's copy in b states no tactic: it is inferred in both."""
