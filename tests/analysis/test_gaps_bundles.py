"""Every platform of the bundled releases, and Mobile and ICS: techniques counted in the bundle."""

import gzip
import json
from collections import Counter

import pytest

import detcov
from detcov.attack.store import DATA
from detcov.report.gaps_files import render_gaps
from made import make_corpus, make_mapping, make_rule
from real import SHARED, there

BUNDLES = {
    "18.1": DATA / "enterprise-attack-18.1.json.gz",
    "19.0": DATA / "enterprise-attack-19.0.json.gz",
    "mobile": SHARED / "attack" / "mobile-attack-17.1.json",
    "ics": SHARED / "attack" / "ics-attack-18.1.json",
}
CLAIMED = {"18.1": "T1059", "19.0": "T1059", "mobile": "T1417", "ics": "T0807"}


def counted(path):
    """Platform to its active techniques in the bundle; "None" where one names none."""
    data = path.read_bytes()
    techniques = (
        item
        for item in json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["objects"]
        if item["type"] == "attack-pattern"
        and not item.get("revoked")
        and not item.get("x_mitre_deprecated")
    )
    return Counter(
        platform for item in techniques for platform in (item.get("x_mitre_platforms") or ["None"])
    )


@pytest.mark.parametrize("name", BUNDLES)
def test_every_platform(name, tmp_path):
    path = there(BUNDLES[name])
    release = detcov.load_release(str(path), cache_dir=tmp_path)
    rule = make_rule(make_mapping(CLAIMED[name]), platforms=["Linux", "Android"])
    study = detcov.study_of(make_corpus(rule), release)

    found = detcov.gaps_of(study, cache_dir=tmp_path)

    sizes = {one.gaps.platform: len(one.gaps.techniques) for one in found}
    assert sizes == counted(path)
    closed = {one.gaps.platform for one in found if one.gaps.covered.numerator}
    assert (
        closed
        == {"18.1": {"Linux"}, "19.0": {"Linux"}, "mobile": {"Android"}, "ics": {"None"}}[name]
    )
    for one in found[:2]:
        assert render_gaps(study, [one], "text")
        assert render_gaps(study, [one], "layer")
