"""Elastic's rules of May 2026 judged literally, against a reference made without detcov."""

from collections import Counter

import pytest

from detcov.attack.store import load_release
from detcov.study import StudyOptions, build_study
from real import elastic_rules, oracle, releases

KINDS = {
    "M103": "revoked",
    "M104": "deprecated",
    "M105": "not_in_tactic",
    "M107": "tactic_name_mismatch",
    "M108": "name_mismatch",
    "M109": "url",
    "M110": "tactic_only_entry",
    "M112": "other_framework_tag",
    "R201": "missing_threat",
    "R203": "duplicate_rule_name",
    "R204": "tag_tactic_unknown",
    "R205": "tag_tactic_without_threat",
    "R206": "threat_tactic_without_tag",
    "R207": "filename_tactic_mismatch",
}
"""Our codes to the reference's kinds, whether of techniques or sub-techniques."""

OURS = {"M122", "M123", "R208"}
"""What the reference doesn't look at: platforms, and what rules are called"""


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_every_finding_kind_by_kind_and_file_by_file(version):
    items = oracle(f"elastic20260505_oracle_v{version}.json")
    # What names no tactic can't be mapped either; the reference tells both of the one tag.
    unknown = {(one["file"], _tag(one)) for one in items if one["kind"] == "tag_tactic_unknown"}
    without = [one for one in items if one["kind"] == "tag_tactic_without_threat"]
    twice = [one for one in without if (one["file"], _tag(one)) in unknown]
    assert len(twice) == (3 if version == "19.0" else 0)
    expected = Counter()
    for item in items:
        kind = item["kind"]
        if not kind.startswith("tactic"):
            kind = kind.removeprefix("subtechnique_").removeprefix("technique_")
        expected[item["file"], kind] += 1
    for told in twice:
        del expected[told["file"], "tag_tactic_without_threat"]

    study = build_study(
        elastic_rules(),
        load_release(version, cache_dir=None),
        known=releases(),
        options=StudyOptions(count="all", literal=True),
    )

    findings = [one for one in study.findings if one.code not in OURS]
    assert Counter((one.path, KINDS[one.code]) for one in findings) == expected
    assert not any(one.drift for one in findings)


def _tag(item):
    return item["detail"].split('"')[1]


def test_the_same_rules_judged_fairly():
    """Literally wrong in 19.0, but right in 18.1: drift. Wrong in both: an error as before."""
    release = load_release("19.0", cache_dir=None)
    options = StudyOptions(count="all")
    wrong_in_both = Counter()
    for item in oracle("elastic20260505_oracle_v18.1.json"):
        if item["kind"] in {"subtechnique_revoked", "technique_name_mismatch"}:
            wrong_in_both[item["file"]] += 1

    study = build_study(elastic_rules(), release, known=releases(), options=options)

    judged = [one for one in study.findings if one.code[1:] in {"103", "105", "107", "108", "204"}]
    literal = Counter(
        item["file"]
        for item in oracle("elastic20260505_oracle_v19.0.json")
        if any(
            word in item["kind"]
            for word in ("revoked", "not_in", "name_mismatch", "tag_tactic_unknown")
        )
    )
    assert Counter(one.path for one in judged if not one.drift) == wrong_in_both
    assert Counter(one.path for one in judged) == literal


def test_rules_that_are_deprecated_by_name_alone():
    corpus = elastic_rules()
    study = build_study(corpus, load_release("19.0", cache_dir=None))

    assert sorted(one.path for one in study.findings if one.code == "R208") == sorted(
        rule.path
        for rule in corpus.rules
        if rule.name.startswith("Deprecated - ") and "_deprecated" not in rule.path
    )
