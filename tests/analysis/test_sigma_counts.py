"""Sigma's live rules counted per technique and cell, against a count with PyYAML alone.

At 18.1, for which they were written and in which all of their ids are active: nothing is carried.
"""

from collections import Counter

import yaml

from detcov.attack.store import load_release
from detcov.study import build_study
from real import oracle, releases, sigma_files, sigma_rules, sigma_rules_of_august

LEFT_OUT = {
    "deprecated",
    "unsupported",
    "rules-placeholder",
    "rules-threat-hunting",
    "rules-compliance",
}


def documents():
    """The live rules; a rule that only feeds a correlation of its file isn't one."""
    for path, data in sigma_files().items():
        if path.endswith(".yml") and path.split("/")[0] not in LEFT_OUT:
            found = [one for one in yaml.load_all(data, yaml.CSafeLoader) if one]
            for one in found:
                tags = one.get("tags") or []
                alerts = len(found) == 1 or "correlation" in one
                if "detection.threat-hunting" not in tags and alerts:
                    assert one.get("status") not in {"deprecated", "unsupported"}, path
                    yield one, tags


def test_rules_by_technique_and_by_cell():
    release = load_release("18.1", cache_dir=None)
    by_technique, by_cell, n_rules = Counter(), Counter(), 0
    for _, tags in documents():
        n_rules += 1
        stated = {tag.removeprefix("attack.") for tag in tags if tag.startswith("attack.")}
        ids = {one.upper() for one in stated if one.upper() in release.active}
        by_technique.update(ids)
        for one in ids:
            tactics = release.active[one].tactics
            assert stated & set(tactics), "no rule leaves a technique without its tactic"
            by_cell.update((tactic, one) for tactic in tactics if tactic in stated)

    study = build_study(sigma_rules(), release)
    coverage = study.coverage
    found = {key: len(one.rules) for key, one in coverage.techniques.items() if one.rules}
    cells = {(one.tactic, one.technique): len(one.stated) for one in coverage.cells.values()}

    assert n_rules == study.states["live"] == 3574
    assert found == by_technique
    assert {key: number for key, number in cells.items() if number} == by_cell
    assert not any(one.inferred for one in coverage.cells.values())
    pre_only = {key for key in by_technique if set(release.active[key].platforms) == {"PRE"}}
    assert coverage.headline.numerator == len(by_technique) - len(pre_only)


def test_carried_to_19_they_state_what_sigma_made_of_them():
    """Sigma moved its rules to 19 by hand, some to other techniques; detcov carries them."""
    old, new = releases()
    there = oracle("sigma_v19_tags.json")["files"]
    carried = drawn(build_study(sigma_rules(), new, known=[old]), there)
    written = drawn(build_study(sigma_rules_of_august(), new, known=[old]), there)
    techniques, cells = Counter(), Counter()
    for path, (ours, our_cells) in carried.items():
        theirs, their_cells = written[path]
        techniques[ours == theirs] += 1
        cells[our_cells == their_cells] += 1

    assert techniques == {True: 3667, False: 32}
    assert cells == {True: 3637, False: 62}


def drawn(study, there):
    """The techniques and the cells, inferred ones too, of each active rule, by path."""
    return {
        rule.path: (
            {one.technique for one in found if one.counts},
            {(tactic, one.technique) for one in found if one.counts for tactic in one.tactics},
        )
        for rule, found in zip(study.corpus.rules, study.resolutions, strict=True)
        if rule.path in there and rule.state.active
    }
