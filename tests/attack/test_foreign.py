import json

import pytest

from detcov.attack import foreign
from detcov.attack.bundle import read_bundle
from detcov.attack.store import bundled_releases, load_release
from detcov.model import TechniqueOutcome
from detcov.resolve import Resolver
from made import make_mapping
from real import releases


@pytest.mark.parametrize(
    ("key", "domain"),
    [
        ("T1417", "mobile-attack"),
        ("T1417.001", "mobile-attack"),
        ("T0803", "ics-attack"),
        # Of ICS 19.0 and Mobile 18.1, which the list is older than
        ("T1692.001", "ics-attack"),
        ("T0846.003", "ics-attack"),
        ("T1676", "mobile-attack"),
        ("T1636.005", "mobile-attack"),
        # No such sub-technique of a technique of ICS
        ("T0803.001", None),
        ("T1059", None),
        ("T9999", None),
        ("AML.T0051", None),
        ("", None),
    ],
)
def test_whose_id_it_is(key, domain):
    assert foreign.foreign_domain(key) == domain


@pytest.mark.parametrize(
    ("stated", "domain"),
    [
        ("TA0035", "mobile-attack"),
        ("TA0103", "ics-attack"),
        ("Evasion", "ics-attack"),
        ("inhibit-response-function", "ics-attack"),
        ("Inhibit_Response Function", "ics-attack"),
        # Enterprise called a tactic so as well
        ("Defense Evasion", None),
        ("TA0005", None),
        ("stealth", None),
    ],
)
def test_whose_tactic_it_is(stated, domain):
    assert foreign.foreign_domain(stated) == domain


def test_the_list_holds_every_tactic(json_of):
    for name, known in zip(
        ("mobile-attack-17.1.json", "ics-attack-18.1.json"), foreign.foreign_domains(), strict=True
    ):
        assert known.tactics == {
            item["external_references"][0]["external_id"]: item["name"]
            for item in json.loads(json_of(name))["objects"]
            if item["type"] == "x-mitre-tactic" and not item.get("x_mitre_deprecated")
        }


def test_no_id_is_of_two_domains():
    mobile, ics = (set(item.techniques) for item in foreign.foreign_domains())
    for domain, _, names in foreign.UNLISTED:
        known = ics if domain == "ics-attack" else mobile
        assert not known & names.keys(), "the list has it: it needn't be named again"
        known |= names.keys()
    assert not mobile & ics
    for release in bundled_releases():
        assert not (mobile | ics) & set(release.techniques)


def test_what_ics_19_brought_is_complete():
    """MITRE: 79 techniques and 18 sub-techniques, of which nine were techniques of 18.1."""
    ((_, _, ics),) = (one for one in foreign.UNLISTED if one[0] == "ics-attack")
    assert sum("." in key for key in ics) == 18
    (known,) = (one for one in foreign.foreign_domains() if one.domain == "ics-attack")
    assert all(key.split(".")[0] in {*ics, *known.techniques} for key in ics)


@pytest.mark.parametrize("version", ["18.1", "19.0"])
@pytest.mark.parametrize(
    ("name", "title"),
    [("mobile-attack-17.1.json", "ATT&CK Mobile"), ("ics-attack-18.1.json", "ATT&CK ICS")],
)
def test_every_id_that_enterprise_lacks_is_named_as_the_other_domains(
    json_of, version, name, title
):
    enterprise = {
        item["external_references"][0]["external_id"]
        for file in ("enterprise-attack-18.1.json.gz", "enterprise-attack-19.0-facts.json.gz")
        for item in json.loads(json_of(file))["objects"]
        if item["type"] == "attack-pattern"
    }
    keys = {
        item["external_references"][0]["external_id"]: item["type"]
        for item in json.loads(json_of(name))["objects"]
        if item["type"] in {"attack-pattern", "x-mitre-tactic"}
    }
    resolver = Resolver(load_release(version), releases(), foreign.foreign_domain)
    told = {}
    for key, kind in keys.items():
        if kind == "attack-pattern":
            fate = resolver.technique_fate(key, "MITRE ATT&CK")
            told[key] = fate.why if fate.outcome is TechniqueOutcome.FOREIGN else None
        else:
            told[key] = resolver.foreign_tactic(make_mapping(None, key))
    expected = {
        key: f"{key} is of {title}." if kind == "attack-pattern" else title
        for key, kind in keys.items()
    }
    assert len(keys) > 100
    assert told == {key: None if key in enterprise else one for key, one in expected.items()}


def test_the_list_holds_every_technique(json_of):
    names = ["mobile-attack-17.1.json", "ics-attack-18.1.json"]
    for name, known in zip(names, foreign.foreign_domains(), strict=True):
        assert known.techniques == {
            item["external_references"][0]["external_id"]: item["name"]
            for item in json.loads(json_of(name))["objects"]
            if item["type"] == "attack-pattern"
        }
    releases = tuple(read_bundle(json_of(name), name=name) for name in names)
    assert foreign.encode_list(releases) == foreign.LIST_FILE.read_bytes()
