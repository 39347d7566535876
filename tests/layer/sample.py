"""A small matrix and a layer that is right for it, for tests that break one thing at a time."""

import copy
import json

from detcov.attack.release import Release, Tactic, Technique

ABSENT = object()
"""As a value: take the field away."""


def technique(identity, tactics, platforms, **more):
    return Technique(
        id=identity,
        name=f"Name of {identity}",
        tactics=tuple(tactics.split()),
        platforms=tuple(platforms.split()),
        **more,
    )


TECHNIQUES = (
    technique("T1059", "execution", "Linux Windows"),
    # As in 18.1: its parent isn't of its own platform.
    technique("T1059.013", "execution", "Containers"),
    technique("T1064", "execution", "Linux", deprecated=True),
    technique("T1078", "initial-access privilege-escalation", "Containers Linux"),
    technique("T1086", "execution", "Windows", revoked=True, revoked_by="T1059.001"),
    technique("T1595", "reconnaissance", "PRE"),
    technique("T1610", "execution", "Containers"),
)

RELEASE = Release(
    domain="enterprise-attack",
    version="19.0",
    tactics=(
        Tactic(id="TA0043", name="Reconnaissance", shortname="reconnaissance"),
        Tactic(id="TA0001", name="Initial Access", shortname="initial-access"),
        Tactic(id="TA0002", name="Execution", shortname="execution"),
        Tactic(id="TA0004", name="Privilege Escalation", shortname="privilege-escalation"),
    ),
    techniques={one.id: one for one in TECHNIQUES},
)

LAYER = {
    "name": "Right",
    "versions": {"attack": "19", "navigator": "5.1.0", "layer": "4.5"},
    "domain": "enterprise-attack",
    "description": "Nothing is wrong here",
    "filters": {"platforms": ["Linux", "Windows", "Containers", "PRE"]},
    "sorting": 0,
    "layout": {
        "layout": "side",
        "aggregateFunction": "average",
        "showID": True,
        "showName": True,
        "showAggregateScores": False,
        "countUnscored": False,
        "expandedSubtechniques": "annotated",
    },
    "hideDisabled": False,
    "techniques": [
        {
            "techniqueID": "T1059",
            "tactic": "execution",
            "score": 4,
            "metadata": [{"name": "Rule", "value": "Shell in a container"}],
            "links": [{"label": "T1059", "url": "https://attack.mitre.org/techniques/T1059/"}],
        },
        {"techniqueID": "T1059.013", "tactic": "execution", "score": 1},
        {"techniqueID": "T1078", "tactic": "initial-access", "score": 0, "comment": "Read me"},
        {"techniqueID": "T1078", "tactic": "privilege-escalation", "score": 3, "enabled": True},
        {"techniqueID": "T1610", "color": "tomato", "showSubtechniques": False},
    ],
    "gradient": {"colors": ["#c9dff2", "#0b3c7aff"], "minValue": 0, "maxValue": 10},
    "legendItems": [{"label": "10 or more", "color": "#0b3c7a"}],
    "showTacticRowBackground": False,
    "tacticRowBackground": "#dddddd",
    "selectTechniquesAcrossTactics": True,
    "selectSubtechniquesWithParent": False,
    "selectVisibleTechniques": False,
    "metadata": [{"name": "Dataset", "value": "ATT&CK 19.0"}],
    "links": [{"label": "Home", "url": "https://example.org/"}, {"divider": True}],
}


def broken(changes):
    """The right layer with values put at pointers, or taken away with `ABSENT`."""
    layer = copy.deepcopy(LAYER)
    for pointer, value in changes.items():
        *steps, last = pointer.split("/")[1:]
        place = layer
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        if isinstance(place, list):
            last = int(last)
            place[last:] = place[last:] or [None]
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value
    return layer


def as_bytes(layer):
    return json.dumps(layer, indent=1).encode()
