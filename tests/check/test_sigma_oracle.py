"""Sigma's rules of April 2026 judged literally, against a reference made without detcov.

The reference looks at each document of a file by itself, detcov at each rule. So the five rules
of the three collections have the tags of their global parts and are not without tags; and that
APT29's global part has no id is no defect, since the one rule behind it has.
"""

from collections import Counter

import pytest

from detcov.attack.store import load_release
from detcov.model import Severity
from detcov.study import StudyOptions, build_study
from real import oracle, releases, sigma_rules, sigma_rules_of_august

KINDS = {
    "M103": "technique_tag_revoked",
    "M104": "technique_tag_deprecated",
    "M113": "tactic_tag_unknown",
    "M115": "tactic_tag_underscore",
    "M116": "tactic_tag_without_technique",
    "M117": "technique_tag_tactic_absent",
    "M118": "technique_tag_some_tactics_absent",
    "M119": "attack_other_object_tag",
    "R201": "no_tags",
    "R209": "missing_rule_id",
}
"""Our codes to the reference's kinds"""
OURS = {"M110", "M122", "M123", "R203"}
"""Rules with a tactic only, and names that two rules have: the reference looks for neither"""
COLLECTIONS = Counter(
    {
        "unsupported/windows/sysmon_process_reimaging.yml": 2,
        "unsupported/windows/win_apt_apt29_tor.yml": 1,
        "unsupported/windows/win_remote_service.yml": 2,
    }
)


def expected(version):
    found = {}
    for item in oracle(f"sigma20260428_oracle_v{version}.json"):
        kind = item["kind"].replace("no_tactic_tag_at_all", "tactic_absent")
        found.setdefault(kind, Counter())[item["file"]] += 1
    return found


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_every_finding_kind_by_kind_and_file_by_file(version):
    study = build_study(
        sigma_rules(),
        load_release(version, cache_dir=None),
        known=releases(),
        options=StudyOptions(count="all", literal=True),
    )
    found = {}
    for one in study.findings:
        if one.code not in OURS:
            found.setdefault(KINDS[one.code], Counter())[one.path] += 1

    wanted = expected(version)
    wanted["no_tags"] -= COLLECTIONS
    wanted["missing_rule_id"] -= Counter(["unsupported/windows/win_apt_apt29_tor.yml"])
    assert found == wanted


def test_the_same_rules_judged_fairly():
    """Right in 18.1 and outdated in 19.0 is drift: what is wrong in both is as before."""
    old, new = (
        build_study(
            sigma_rules(),
            load_release(version, cache_dir=None),
            known=releases(),
            options=StudyOptions(count="all"),
        )
        for version in ("18.1", "19.0")
    )
    wrong_in_both = ("M103", "M104", "M110", "M115", "M119", "R201", "R203", "R209")

    for code in wrong_in_both:
        found = [[one.path for one in study.findings if one.code == code] for study in (old, new)]
        assert found[0] == found[1], code
    assert not any(one.drift for one in old.findings)
    assert all(one.severity is Severity.NOTE for one in new.findings if one.drift)
    literal = expected("19.0")
    names = Counter(one.path for one in new.findings if one.code == "D113")
    assert names == literal["tactic_tag_unknown"]
    revoked = Counter(one.path for one in new.findings if one.code in {"M103", "D103"})
    assert revoked == literal["technique_tag_revoked"]


def test_what_became_of_defense_evasion_is_what_sigma_made_of_it():
    """The tags of the same files three months later, after Sigma had moved to 19."""
    after = {
        path: {tag.removeprefix("attack.") for tag in found["after"]}
        for path, found in oracle("sigma_v19_tags.json")["files"].items()
    }
    study = build_study(sigma_rules(), load_release("19.0", cache_dir=None), known=releases())
    new = {"stealth", "defense-impairment"}
    outcomes = Counter()
    for one in study.findings:
        if one.code == "D113" and one.path in after:
            theirs = after[one.path] & new
            if one.fix:
                outcomes["one, as theirs"] += theirs == {one.fix}
                outcomes["another"] += theirs != {one.fix}
            elif "is in Stealth and Defense Impairment" in one.message:
                outcomes["both, as theirs"] += theirs == new
                outcomes["another"] += theirs != new
            elif "isn't in Stealth" in one.message:
                outcomes["none, as theirs"] += not theirs
                outcomes["another"] += bool(theirs)
            else:
                outcomes["left to a person"] += 1

    assert outcomes == {
        "one, as theirs": 1279,
        "both, as theirs": 20,
        "none, as theirs": 85,
        "another": 0,
        "left to a person": 200,
    }


def test_all_that_needs_a_person_has_its_finding():
    """As many as the ledger counts, each at its technique's tag, and what there is to choose."""
    study = build_study(sigma_rules(), load_release("19.0", cache_dir=None), known=releases())
    told = [one for one in study.findings if one.need_person]

    assert sum(one.need_person for one in told) == study.ledger.need_person == 228
    tags = {(one.path, one.place.line): one.subject for one in told}
    assert len(tags) == len(told) == 114
    assert {one.candidates for one in told} == {("TA0002", "TA0005")}
    assert Counter((one.path, one.subject) for one in told for _ in range(one.need_person)) == (
        Counter(_two_lost_and_one_gained())
    )


def test_nobody_is_asked_about_rules_that_have_chosen():
    """Sigma's rules of August state what their techniques have now, and old tactics beside it."""
    study = build_study(
        sigma_rules_of_august(), load_release("19.0", cache_dir=None), known=releases()
    )
    stale = Counter(one.code for one in study.findings if one.fix == "")

    assert study.ledger.need_person == sum(one.need_person for one in study.findings) == 0
    assert not any("moved" in outcome for outcome in study.ledger.outcomes)
    assert stale == {"D116": sum(1 for _ in _left_by_all(sigma_rules_of_august()))} == {"D116": 229}


def _left_by_all(corpus):
    """Path and tag of each tactic that one of a rule's techniques had in 18.1, and none has now."""
    old, new = releases()
    for rule in corpus.rules:
        tags = {tag.removeprefix("attack.") for tag in rule.tags if rule.state.active}
        ids = {tag.upper() for tag in tags}
        had, has = (
            {name for key in ids & release.active.keys() for name in release.active[key].tactics}
            for release in (old, new)
        )
        yield from ((rule.path, tactic) for tactic in tags & (had - has))


def _two_lost_and_one_gained():
    """Path and technique, once for each tag of a tactic that the technique left for another."""
    changed = oracle("attack_18.1_to_19.0.json")["tactics_changed"]
    same = {"defense-evasion": "stealth"}
    for rule in sigma_rules().rules:
        tags = [tag.removeprefix("attack.") for tag in rule.tags if rule.state.active]
        for technique in {tag.upper() for tag in tags} & changed.keys():
            before, after = changed[technique]
            lost = {one for one in before if same.get(one, one) not in after}
            gained = set(after) - {same.get(one, one) for one in before}
            if len(lost) > 1 and len(gained) == 1 and gained.isdisjoint(tags):
                yield from ((rule.path, technique) for tactic in lost & set(tags))
