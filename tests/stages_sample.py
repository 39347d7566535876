"""A small estate with answers worked out by hand: which rules are there, and what they read."""

from detcov.analysis.stages import STAGES
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.facts import Answer, Fact, FactKind, Facts
from detcov.study import StudyOptions, build_study
from made import (
    ENTRY,
    HIDING,
    RUNNING,
    TAKING,
    make_corpus,
    make_mapping,
    make_release,
    make_rule,
    make_technique,
)

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
BOTH = ("Containers", "Linux")
RELEASE = make_release(
    "9.0",
    (ENTRY, RUNNING, HIDING, TAKING),
    make_technique("T1001", "entry", platforms=BOTH),
    make_technique("T1001.001", "entry", platforms=BOTH),
    make_technique("T1002", "running-code", platforms=BOTH),
    make_technique("T1003", "hiding", platforms=("Containers",)),
    make_technique("T1004", "taking", platforms=("Linux",)),
    make_technique("T1005", "taking", platforms=()),
    make_technique("T1006", "taking", platforms=("PRE",)),
    make_technique("T1007", "taking", revoked_by="T1002"),
    make_technique("T1008", "taking", deprecated=True),
)
# On T1001 two rules, one on each platform; on T1002 one that states no platform.
AUDIT = make_rule(
    make_mapping("T1001", ENTRY),
    native_id="audit",
    name="Audit [1]",
    path="k8s/audit.toml",
    platforms=["Containers"],
    reads=("kubernetes", "logs-kubernetes.audit_logs-*"),
)
NODE = make_rule(
    make_mapping("T1001", ENTRY),
    native_id="node",
    name="Node",
    path="node/node.toml",
    platforms=["Linux"],
    reads=("logs-endpoint.events.process-*", "auditbeat-*"),
)
BARE = make_rule(
    make_mapping("T1002", RUNNING), native_id="bare", name="Bare", path="bare.toml", source="other"
)
CORPUS = make_corpus(AUDIT, NODE, BARE)
DETECTIONS = Detections(
    strategies={
        "DET1": Strategy(
            id="DET1",
            name="One",
            techniques=("T1001",),
            analytics=(
                Analytic(
                    id="AN1",
                    platforms=("Containers",),
                    log_sources=(
                        LogSource(name="kubernetes:apiserver", component="Pod Creation"),
                        LogSource(name="docker:events", component="Container Creation"),
                    ),
                ),
            ),
        )
    },
    components={"T1002": ("Process Creation",)},
)


def fact(kind, value=YES, **fields) -> Fact:
    return Fact(kind=FactKind(kind), value=value, **fields)


def study(*facts, platforms=(), date="2026-05-05"):
    return build_study(
        CORPUS,
        RELEASE,
        options=StudyOptions(platforms=platforms),
        facts=Facts(facts=facts, date=date),
        detections=DETECTIONS,
    )


def stages(*facts, **options):
    return study(*facts, **options).stages


def answers(found, technique, platform=""):
    one = found.at(technique, platform)
    return one.deployed, one.fed, one.tested


def counts(sums):
    """(reached, missed, unknown) of each stage."""
    assert [one.stage for one in sums.counts] == list(STAGES)
    return [(one.reached.numerator, one.missed, one.unknown) for one in sums.counts]


def waiver(technique, platform="", **fields) -> Fact:
    fields = {"kind": FactKind.WAIVED, "owner": "Ana", "expiry": "2026-12-31"} | fields
    return Fact(technique=technique, platform=platform, **fields)
