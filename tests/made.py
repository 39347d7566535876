"""A small hand-made ATT&CK, and rules to go with it. Ids and names are of no real release.

Two releases, 9.0 and 10.0, in which everything happens that ATT&CK does to techniques and
tactics between releases (and some things that it has not done yet).
"""

from detcov.attack.release import Release, Tactic, Technique
from detcov.model import (
    ATTACK,
    Corpus,
    Mapping,
    Place,
    Role,
    Rule,
    RuleKey,
    State,
    Stated,
)

ENTRY = Tactic(id="TA0001", name="Entry", shortname="entry")
RUNNING = Tactic(id="TA0002", name="Running Code", shortname="running-code")
STAYING = Tactic(id="TA0003", name="Staying", shortname="staying")
HIDING = Tactic(id="TA0005", name="Hiding", shortname="hiding")
SILENCE = Tactic(id="TA0005", name="Silence", shortname="silence")
"""What HIDING is called in 10.0"""
TAKING = Tactic(id="TA0009", name="Taking", shortname="taking")
BREAKING = Tactic(id="TA0112", name="Breaking", shortname="breaking")
"""New in 10.0"""
PLANNING = Tactic(id="TA0043", name="Planning", shortname="planning")


def make_technique(technique_id, *tactics, name="", platforms=("Linux", "Windows"), **fields):
    """A technique under the shortnames given; `revoked_by` makes it a revoked one."""
    return Technique(
        id=technique_id,
        name=name or f"Technique {technique_id.removeprefix('T')}",
        tactics=tactics,
        platforms=tuple(platforms),
        **({"revoked": True} if "revoked_by" in fields else {}) | fields,
    )


def make_release(version, tactics, *techniques, domain="enterprise-attack"):
    return Release(
        domain=domain,
        version=version,
        tactics=tuple(tactics),
        techniques={one.id: one for one in sorted(techniques, key=lambda one: one.id)},
    )


def make_state(lifecycle="stable", emits="alert", kind="detection", enabled="unstated", field=""):
    return State(
        lifecycle=Stated(value=lifecycle, field=field),
        emits=Stated(value=emits),
        kind=Stated(value=kind),
        enabled=Stated(value=enabled),
    )


def make_mapping(technique_id=None, tactic=None, *, name=None, role=None, line=10, **fields):
    """A statement. `tactic` is a `Tactic`, an id, or None; `name` overrides the tactic's name."""
    if role is None:
        role = Role.TACTIC if technique_id is None else Role.CLAIM
    if isinstance(tactic, Tactic):
        tactic, name = tactic.id, name or tactic.name
    return Mapping(
        role=role,
        technique_id=technique_id,
        tactic_id=tactic,
        tactic_name=name,
        **{"framework": ATTACK, "place": Place(line=line)} | fields,
    )


def make_rule(*mappings, native_id="rule-1", name="A rule", **fields):
    source = fields.pop("source", "ours")
    platforms = fields.pop("platforms", ())
    return Rule(
        key=RuleKey(source=source, format=fields.pop("format", "elastic"), native_id=native_id),
        name=name,
        severity=fields.pop("severity", "high"),
        state=fields.pop("state", make_state()),
        mappings=mappings,
        platforms=tuple(Stated(value=one, field="tags") for one in sorted(platforms)),
        **{"path": f"{native_id}.toml"} | fields,
    )


def make_corpus(*rules):
    """The rules as a corpus, in the order given."""
    return Corpus(rules=rules, sources=tuple(dict.fromkeys(rule.key.source for rule in rules)))


OLD = make_release(
    "9.0",
    (PLANNING, ENTRY, RUNNING, STAYING, HIDING, TAKING),
    make_technique("T1001", "running-code"),
    make_technique("T1001.001", "running-code"),
    make_technique("T1001.002", "running-code", platforms=("Windows",)),
    make_technique("T1002", "entry", "staying"),
    make_technique("T1003", "hiding"),
    make_technique("T1004", "hiding"),
    make_technique("T1005", "staying", "hiding"),
    make_technique("T1006", "hiding"),
    make_technique("T1007", "staying", "hiding"),
    make_technique("T1008", "entry", "staying", "hiding"),
    make_technique("T1009", "hiding"),
    make_technique("T1009.001", "hiding"),
    make_technique("T1010", "hiding", revoked_by="T1001"),
    make_technique("T1011", "taking"),
    make_technique("T1012", "taking"),
    make_technique("T1013", "taking"),
    make_technique("T1014", "taking"),
    make_technique("T1015", "taking"),
    make_technique("T1016", "running-code"),
    make_technique("T1017", "entry"),
    make_technique("T1018", "entry", name="Old name"),
    make_technique("T1040", "planning", platforms=("PRE",)),
    make_technique("T1050", "taking", platforms=("Containers",)),
)
"""Release 9.0"""

NEW = make_release(
    "10.0",
    (PLANNING, ENTRY, RUNNING, STAYING, SILENCE, BREAKING, TAKING),
    # the same as before
    make_technique("T1001", "running-code"),
    make_technique("T1001.001", "running-code"),
    make_technique("T1001.002", "running-code", platforms=("Windows",)),
    make_technique("T1002", "entry", "staying"),
    # the tactic has another name
    make_technique("T1003", "silence"),
    # one lost, one gained
    make_technique("T1004", "breaking"),
    # two lost, one gained
    make_technique("T1005", "running-code"),
    # one lost, two gained
    make_technique("T1006", "breaking", "taking"),
    # lost, none gained, one left
    make_technique("T1007", "staying"),
    # lost, none gained, two left
    make_technique("T1008", "entry", "staying"),
    # a parent and its sub-technique became one technique in another tactic
    make_technique("T1009", "silence", revoked_by="T1020"),
    make_technique("T1009.001", "silence", revoked_by="T1020"),
    # revoked long ago; its own entry still has its tactic
    make_technique("T1010", "silence", revoked_by="T1001"),
    # a chain: T1011 → T1012 → T1021.001
    make_technique("T1011", "taking", revoked_by="T1012"),
    make_technique("T1012", "taking", revoked_by="T1021.001"),
    # a loop, a missing target, no successor, a chain that ends in a deprecated one
    make_technique("T1013", "taking", revoked_by="T1022"),
    make_technique("T1022", "taking", revoked_by="T1013"),
    make_technique("T1014", "taking", revoked_by="T7777"),
    make_technique("T1015", "taking", revoked_by=None),
    make_technique("T1023", "taking", revoked_by="T1016"),
    make_technique("T1016", "running-code", deprecated=True),
    # gained a second tactic; got another name
    make_technique("T1017", "entry", "staying"),
    make_technique("T1018", "entry", name="New name"),
    # new
    make_technique("T1020", "breaking"),
    make_technique("T1021", "taking"),
    make_technique("T1021.001", "taking"),
    make_technique("T1040", "planning", platforms=("PRE",)),
    make_technique("T1050", "taking", platforms=("Containers",)),
)
"""Release 10.0, which is later than 9.0"""
