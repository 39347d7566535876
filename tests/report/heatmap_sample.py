"""A small matrix with every kind of cell, rules with hostile names, and a plain count of both."""

from detcov.analysis.measure import measure
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.threats import Actor, Threats
from detcov.model import (
    Corpus,
    Finding,
    ParseFailure,
    Place,
    Resolution,
    Rule,
    RuleKey,
    Severity,
    Stated,
    TacticOutcome,
    TechniqueOutcome,
)
from detcov.resolve import Resolver
from detcov.study import Study
from made import make_mapping, make_state

HOSTILE = "<script>alert(1)</script>"
BROKEN_OUT = "</script><img src=x onerror=alert(2)>\u2028'\"&amp;"
OVERRIDE = "gnp.\u202eexe"

LAYER = '{"name": "layer </script> ä"}\n'.encode()
"""What a page offers for download"""

TACTICS = ("reconnaissance", "initial-access", "execution", "persistence", "impact")

# An id with its name, tactics and platforms
TECHNIQUES = {
    "T1001": ("Alpha Interpreter", ("execution", "persistence"), ("Linux", "Windows")),
    "T1001.001": ("Alpha Shell", ("execution", "persistence"), ("Linux",)),
    "T1001.002": ("Alpha Registry", ("execution", "persistence"), ("Windows",)),
    "T1001.003": ("Alpha Both", ("execution", "persistence"), ("Linux", "Windows")),
    "T1002": ("Bravo", ("initial-access",), ("Windows",)),
    "T1002.001": ("Bravo Sub", ("initial-access",), ("Windows",)),
    "T1003": ("Charlie", ("execution",), ("Linux",)),
    "T1004": ("Delta", ("reconnaissance",), ("PRE",)),
    "T1007": ("Echo", ("execution",), ("Containers", "Linux")),
    "T1008": (HOSTILE, ("persistence",), ("Windows",)),
}

# Name, severity, platforms and source of a rule, and whether it is live
RULES = (
    ("Alpha on both", "high", ("Linux", "Windows"), "one", True),
    (HOSTILE, "low", ("Linux",), "one", True),
    (BROKEN_OUT, "critical", ("Windows",), "two", True),
    ("Unstated everywhere", "medium", (), "one", True),
    (OVERRIDE, "", ("Linux",), "two", True),
    ("Long gone", "high", ("Linux",), "one", False),
    ("Windows rule about Linux", "low", ("Windows",), "one", True),
)

# A rule, its technique, the tactics it is drawn in and whether these are inferred
CLAIMS = (
    (0, "T1001", ("execution",), False),
    (0, "T1001.001", ("execution", "persistence"), False),
    (1, "T1001", ("execution",), False),
    (1, "T1003", ("execution",), True),
    (2, "T1002.001", ("initial-access",), False),
    (2, "T1008", ("persistence",), False),
    (3, "T1001.003", ("execution",), False),
    (3, "T1001", ("execution",), False),
    (4, "T1004", ("reconnaissance",), False),
    (4, "T1001.001", ("execution",), False),
    (5, "T1007", ("execution",), False),
    (6, "T1003", (), False),
)

WHY = "T0999 was revoked; T1001.001 replaces it."


def release() -> Release:
    return Release(
        domain="enterprise-attack",
        version="19.0",
        tactics=tuple(
            Tactic(id=f"TA000{n}", name=name.replace("-", " ").title(), shortname=name)
            for n, name in enumerate(TACTICS)
        ),
        techniques={
            **{
                key: Technique(id=key, name=name, tactics=tactics, platforms=platforms)
                for key, (name, tactics, platforms) in TECHNIQUES.items()
            },
            "T1005": Technique(
                id="T1005", name="Old", tactics=("execution",), platforms=("Linux",), revoked=True
            ),
        },
        sha256="0123abcd" * 8,
        origin="bundled",
    )


def threats() -> Threats:
    return Threats(
        actors={
            "G0001": Actor(id="G0001", name=f"Group {HOSTILE}", kind="group"),
            "S0001": Actor(id="S0001", name="Tool", kind="software", of_version="18.1"),
        },
        uses={"G0001": ("T1001",), "S0001": ("T1001", "T1003")},
    )


def study(platforms: tuple[str, ...] = ()) -> Study:
    target = release()
    rules = tuple(_rule(number) for number in range(len(RULES)))
    resolutions = tuple(
        tuple(_resolution(claim) for claim in CLAIMS if claim[0] == number)
        for number in range(len(RULES))
    )
    corpus = Corpus(
        rules=rules,
        failures=(ParseFailure(source="one", path="bad.toml", message=HOSTILE),),
        sources=("one", "two"),
    )
    made = Study(
        resolver=Resolver(target),
        corpus=corpus,
        resolutions=resolutions,
        coverage=measure(target, corpus, resolutions, platforms=platforms),
    )
    # Findings of our own choice in place of those that the checks would give.
    made.__dict__["findings"] = (
        _finding("DC001", "malformed id", Severity.ERROR, drift=False),
        _finding("DC002", HOSTILE, Severity.NOTE, drift=True),
        _finding("DC002", HOSTILE, Severity.NOTE, drift=True),
    )
    return made


def _rule(number: int) -> Rule:
    name, severity, platforms, source, live = RULES[number]
    return Rule(
        key=RuleKey(source=source, format="elastic", native_id=f"id-{number}"),
        name=name,
        path=f"rules/{number} a&b.toml",
        severity=severity,
        state=make_state("stable" if live else "deprecated", field="metadata.maturity"),
        platforms=tuple(Stated(value=p, field=f"tag OS: {p}") for p in platforms),
    )


def _resolution(claim) -> Resolution:
    rule, technique, tactics, inferred = claim
    carried = (rule, technique) == (0, "T1001.001")
    return Resolution(
        mapping=make_mapping(technique, line=10 + rule),
        technique_outcome=TechniqueOutcome.REPLACED if carried else TechniqueOutcome.SAME,
        tactic_outcome=TacticOutcome.INFERRED if inferred else TacticOutcome.SAME,
        technique=technique,
        tactics=tactics,
        inferred=inferred,
        why=WHY if carried else "",
        needs_person=carried,
    )


def _finding(code, name, severity, *, drift) -> Finding:
    return Finding(
        code=code,
        name=name,
        severity=severity,
        message="",
        source="one",
        path="rules/0.toml",
        place=Place(line=1),
        rule_id="id-0",
        rule_name="Alpha on both",
        drift=drift,
    )


def plain_count(platforms=(), severities=(), sources=()) -> dict[str, object]:
    """What the page has to say, counted from the tables above and nothing else."""
    rules = {
        n
        for n, (_, severity, _, source, live) in enumerate(RULES)
        if live
        and (not severities or (severity or "unstated") in severities)
        and (not sources or source in sources)
    }
    wanted = set(platforms)
    scope = {t: v for t, v in TECHNIQUES.items() if not wanted or wanted & {*v[2]}}

    def fits(rule, technique):
        stated = {*RULES[rule][2]}
        return rule in rules and (not wanted or wanted & stated & {*TECHNIQUES[technique][2]})

    own = {t: {r for r, u, _, _ in CLAIMS if u == t and fits(r, t)} for t in scope}
    wide = [t for t in scope if scope[t][2] != ("PRE",)]
    tactics = {}
    for tactic in TACTICS:
        column = [t for t in scope if tactic in scope[t][1]]
        drawn = {
            inferred: {
                t
                for r, t, where, i in CLAIMS
                if t in column and r in own[t] and tactic in where and i is inferred
            }
            for inferred in (False, True)
        }
        tactics[tactic] = (len(drawn[False]), len(column), len(drawn[True] - drawn[False]))
    return {
        "covered": (sum(bool(own[t]) for t in wide), len(wide)),
        "several": (sum(len(own[t]) > 1 for t in wide), len(wide)),
        "tactics": tactics,
        "rules": sum(1 for r in rules if not wanted or wanted & {*RULES[r][2]}),
        "gaps": {t for t in wide if not own[t]},
        "own": own,
    }
