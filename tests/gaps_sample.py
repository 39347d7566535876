"""Containers seen by seven rules: a small ATT&CK, who uses it, how it would be detected.

What is expected of it stands in the tests, counted by hand from the tables below.
"""

from detcov.analysis.gap_study import GapContext, GapOptions, Others, study_gaps
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.attack.kubernetes_matrix import KubernetesMatrix, MatrixTechnique
from detcov.attack.threats import Actor, Threats
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.model import ScopeColumn, Stated
from detcov.study import StudyOptions, build_study
from made import (
    ENTRY,
    PLANNING,
    RUNNING,
    SILENCE,
    STAYING,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_state,
    make_technique,
)

HOSTILE = "<script>alert(1)</script> | [x](javascript:1)\n::error::\x1b[31m\u202egnp"

BOTH = ("Containers", "Linux")
RELEASE = make_release(
    "10.0",
    (PLANNING, ENTRY, RUNNING, STAYING, SILENCE, TAKING),
    make_technique("T1001", "running-code", platforms=BOTH, name="Shell"),
    make_technique("T1001.001", "running-code", platforms=BOTH, name="Own shell"),
    make_technique("T1001.002", "running-code", platforms=("Containers",), name="Exec"),
    make_technique("T1002", "entry", "staying", platforms=(*BOTH, "Windows"), name="Accounts"),
    make_technique("T1003", "staying", platforms=BOTH, name="Images"),
    # A parent that isn't of the platform
    make_technique("T1004", "silence", platforms=("Linux",), name="Hide"),
    make_technique("T1004.001", "silence", platforms=BOTH, name="Hide in a pod"),
    make_technique("T1005", "taking", platforms=("Windows",), name="Keys"),
    make_technique("T1006", "planning", platforms=("PRE",), name="Plan"),
    make_technique("T1007", "entry", platforms=BOTH, name="Front door"),
)


def in_column(column, field="tag"):
    return Stated(value=column, field=field)


PLANE, RUNTIME = in_column(ScopeColumn.CONTROL_PLANE), in_column(ScopeColumn.RUNTIME)
NODE = in_column(ScopeColumn.NODE, "host.os.type")

RULES = (
    make_rule(
        make_mapping("T1001", RUNNING),
        native_id="audit",
        name="Audit sees a shell",
        column=PLANE,
        platforms=["Containers"],
        reads=("kubernetes",),
    ),
    make_rule(
        make_mapping("T1001.001", RUNNING),
        native_id="runtime",
        name=HOSTILE,
        column=RUNTIME,
        tags=("Team: Platform",),
        reads=("cloud_defend",),
        platforms=["Containers", "Linux"],
    ),
    # Its tactic isn't the technique's: the cell is inferred.
    make_rule(
        make_mapping("T1001.001", TAKING),
        native_id="audit-2",
        name="Audit sees a shell twice",
        column=PLANE,
        paired=False,
        reads=("kubernetes",),
    ),
    make_rule(
        make_mapping("T1002", ENTRY),
        native_id="node",
        name="A login on a node",
        column=NODE,
        platforms=["Linux"],
        reads=("auditd_manager",),
    ),
    make_rule(
        make_mapping("T1003", STAYING),
        native_id="windows",
        name="A Windows image",
        platforms=["Windows"],
        reads=("docker",),
    ),
    make_rule(
        make_mapping("T1007", ENTRY),
        native_id="near",
        name="A near miss",
        column=NODE,
        platforms=["Linux"],
        container_fields=("container.id",),
    ),
    # Not live: closes nothing unless all active rules count.
    make_rule(
        make_mapping("T1002", ENTRY),
        native_id="signal",
        name="Only a signal",
        column=RUNTIME,
        state=make_state(emits="signal"),
    ),
)

ACTORS = (
    Actor(
        id="S1",
        name="Podworm",
        kind="software",
        platforms=("Containers", "Linux"),
        details_of_version="9.0",
    ),
    Actor(id="S2", name="Winworm", kind="software", platforms=("Windows",)),
    # Tied to Containers by its software
    Actor(id="G1", name="Worm Keepers", kind="group", aliases=("Keepers",)),
    # Tied by a technique that only Containers have
    Actor(id="G2", name="Exec Group", kind="group"),
    Actor(id="G3", name="Doorstep", kind="group"),
    # Tied by its software
    Actor(id="C1", name="Spring Cleaning", kind="campaign", of_version="9.0"),
)
USES = {
    "S1": ("T1001.002", "T1002"),
    "S2": ("T1003",),
    "G1": ("T1002", "T1003"),
    "G2": ("T1001.002", "T1007"),
    "G3": ("T1007",),
    "C1": ("T1003",),
}
THREATS = Threats(
    actors={one.id: one for one in ACTORS}, uses=USES, software={"G1": ("S1",), "C1": ("S1",)}
)


def strategy(number, technique, *analytics):
    return Strategy(
        id=f"DET{number}", name=f"See {technique}", techniques=(technique,), analytics=analytics
    )


DETECTIONS = Detections(
    strategies={
        one.id: one
        for one in (
            strategy(
                1,
                "T1001.002",
                Analytic(
                    id="AN1",
                    platforms=("Containers",),
                    log_sources=(
                        LogSource(name="kubernetes:audit", channel="create", component="Pod"),
                        LogSource(name="kubernetes:audit", channel="exec", component="Command"),
                        LogSource(name="docker:events", channel="exec", component="Command"),
                    ),
                ),
            ),
            # None for Containers: the Linux one stands in.
            strategy(
                2,
                "T1002",
                Analytic(
                    id="AN2",
                    platforms=("Linux",),
                    log_sources=(
                        LogSource(name="auditd:SYSCALL", channel="execve", component="Logon"),
                    ),
                    of_version="9.0",
                ),
                Analytic(
                    id="AN3",
                    platforms=("Windows",),
                    log_sources=(LogSource(name="WinEventLog:Security"),),
                ),
            ),
            strategy(
                3,
                "T1003",
                Analytic(
                    id="AN4",
                    platforms=("Containers",),
                    log_sources=(LogSource(name="made:up", component="Image"),),
                ),
            ),
            strategy(4, "T1004.001", Analytic(id="AN5", platforms=("Containers",))),
        )
    },
    components={},
)

MATRIX = KubernetesMatrix(
    name="Matrix",
    publisher="Somebody",
    source="https://example.org/matrix",
    repository="https://example.org/repository",
    commit="0" * 40,
    date="2026-01-01",
    licence="CC0-1.0",
    tactics=("Getting in", "Staying in"),
    techniques=(
        MatrixTechnique(id="MS-1", name="Door", tactics=("Getting in",), attack=("T1007",)),
        MatrixTechnique(
            id="MS-2", name="Shell", tactics=("Getting in", "Staying in"), attack=("T1001",)
        ),
        MatrixTechnique(id="MS-3", name="Unnamed", tactics=("Staying in",), attack=()),
    ),
)

CANDIDATES = (
    make_rule(
        make_mapping("T1002", ENTRY),
        make_mapping("T1001.002", RUNNING),
        source="theirs",
        native_id="closes-two",
        name="Closes two",
        column=RUNTIME,
    ),
    make_rule(
        make_mapping("T1002", ENTRY),
        source="theirs",
        native_id="also",
        name="Also closes",
        column=PLANE,
    ),
    # Ours is no alert
    make_rule(
        make_mapping("T1002", ENTRY),
        source="theirs",
        native_id="signal",
        name="Is no signal here",
        column=RUNTIME,
    ),
    # On a node only
    make_rule(make_mapping("T1003", STAYING), source="theirs", native_id="node-2", column=NODE),
    # Ours already
    make_rule(make_mapping("T1007", ENTRY), source="theirs", native_id="near", column=RUNTIME),
    # Not live
    make_rule(
        make_mapping("T1003", STAYING),
        source="theirs",
        native_id="old",
        column=RUNTIME,
        state=make_state(lifecycle="deprecated"),
    ),
)


FACTS = Facts(
    date="2026-05-05",
    facts=(
        Fact(kind=FactKind.DEPLOYED, rule="audit"),
        Fact(kind=FactKind.TESTED, rule="audit", value=Answer.NO),
        Fact(kind=FactKind.DEPLOYED, rule="runtime", value=Answer.NO),
        Fact(kind=FactKind.TELEMETRY, data="kubernetes"),
        Fact(kind=FactKind.TELEMETRY, data="docker:events", value=Answer.NO),
        # A rule of Windows claims it: not a rule that looks at Containers.
        Fact(
            kind=FactKind.WAIVED,
            technique="T1003",
            platform="Containers",
            owner="Ana",
            expiry="2026-12-31",
            note=HOSTILE,
        ),
        Fact(kind=FactKind.NOT_APPLICABLE, technique="T1004.001", owner="Ben"),
        # It is covered: there is nothing to accept.
        Fact(kind=FactKind.WAIVED, technique="T1001", owner="Ana", expiry="2026-12-31"),
        # Of another platform, and of a day that is over.
        Fact(
            kind=FactKind.WAIVED,
            technique="T1002",
            platform="Windows",
            owner="Ana",
            expiry="2026-12-31",
        ),
        Fact(kind=FactKind.WAIVED, technique="T1007", owner="Ana", expiry="2026-05-04"),
    ),
)


def study(*, count="live", rules=RULES, facts=None):
    return build_study(
        make_corpus(*rules),
        RELEASE,
        known=(RELEASE,),
        options=StudyOptions(count=count),
        facts=facts,
        detections=DETECTIONS if facts else None,
    )


def context(*, with_candidates=False, facts=None):
    others = None
    if with_candidates:
        theirs = study(rules=CANDIDATES)
        others = Others(corpus=theirs.corpus, coverage=theirs.coverage)
    return GapContext(
        threats=THREATS,
        detections=DETECTIONS,
        matrix=MATRIX,
        others=others,
        estate=study(facts=facts).estate,
    )


def gaps_of(platform="Containers", *, count="live", with_candidates=False, facts=None, **options):
    """The gaps of a platform of the sample."""
    made = study(count=count)
    return study_gaps(
        RELEASE,
        made.corpus,
        made.coverage,
        platform,
        context=context(with_candidates=with_candidates, facts=facts),
        options=GapOptions(**options),
    )
