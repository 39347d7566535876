import json

import pytest

from detcov.attack import foreign
from detcov.attack.bundle import read_bundle
from detcov.attack.store import bundled_releases


@pytest.mark.parametrize(
    ("key", "domain"),
    [
        ("T1417", "mobile-attack"),
        ("T1417.001", "mobile-attack"),
        ("T0803", "ics-attack"),
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
    assert not mobile & ics
    for release in bundled_releases():
        assert not (mobile | ics) & set(release.techniques)


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
