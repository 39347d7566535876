"""A small matrix with every kind of cell, for pictures."""

from detcov.analysis.measure import measure
from detcov.attack.release import Release, Tactic, Technique
from detcov.model import (
    Resolution,
    TacticOutcome,
    TechniqueOutcome,
)
from detcov.report.picture import PictureOptions
from detcov.resolve import Resolver
from detcov.study import Study
from made import make_corpus, make_mapping, make_rule

OPTIONS = PictureOptions(title="Quarter & co. <4>", date="24 November 2026")
NAME = "Run $x$ & <b>"

TACTICS = ("reconnaissance", "execution", "persistence", "impact")
TECHNIQUES = {
    "T1001": ("Scan", ("reconnaissance",), ("PRE",)),
    "T1010": (NAME, ("execution", "persistence"), ("Linux",)),
    "T1010.001": ("One", ("execution", "persistence"), ("Linux",)),
    "T1010.002": ("Two", ("execution",), ("Linux",)),
    "T1011": ("Stay", ("persistence",), ("Linux",)),
    "T1011.001": ("Three", ("persistence",), ("Linux",)),
    "T1012": ("Guess", ("execution",), ("Linux",)),
    "T1013": ("Gap", ("execution",), ("Linux",)),
}
# rule, technique, tactic, inferred
CLAIMS = (
    (0, "T1010", "execution", False),
    (1, "T1010", "execution", False),
    (2, "T1012", "execution", True),
    (3, "T1011.001", "persistence", False),
    (3, "T1010.001", "execution", False),
)


def study_of(techniques=TECHNIQUES, claims=CLAIMS, tactics=TACTICS):
    release = Release(
        domain="enterprise-attack",
        version="19.0",
        tactics=tuple(
            Tactic(id=f"TA000{n}", name=name.title(), shortname=name)
            for n, name in enumerate(tactics)
        ),
        techniques={
            key: Technique(id=key, name=name, tactics=own, platforms=platforms)
            for key, (name, own, platforms) in techniques.items()
        },
    )
    return study_with(release, claims)


def study_with(release, claims):
    numbers = range(max((number for number, *_ in claims), default=-1) + 1)
    corpus = make_corpus(*map(rule, numbers))
    resolutions = tuple(
        tuple(resolution(*claim) for number, *claim in claims if number == each) for each in numbers
    )
    return Study(
        resolver=Resolver(release),
        corpus=corpus,
        resolutions=resolutions,
        coverage=measure(release, corpus, resolutions),
    )


def rule(number):
    return make_rule(native_id=str(number), name=f"Rule {number}", source="one", severity="low")


def resolution(technique, tactic, inferred):
    return Resolution(
        mapping=make_mapping(technique),
        technique_outcome=TechniqueOutcome.SAME,
        tactic_outcome=TacticOutcome.INFERRED if inferred else TacticOutcome.SAME,
        technique=technique,
        tactics=(tactic,),
        inferred=inferred,
    )


STUDY = study_of()
