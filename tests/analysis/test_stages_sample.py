"""The example of facts on the sample rules in TOML, against a count that uses nothing of ours."""

import csv
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from msgspec import structs

from detcov.analysis.stages import Stage
from detcov.api import load_release, read_facts, read_rules, study_of

RULES = Path(__file__).parents[2] / "rules"
EXAMPLE = RULES / "facts.example.csv"


def claims():
    """Path to the techniques that a rule claims: a sub-technique, not the parent that holds it."""
    for path in sorted(RULES.rglob("*.toml")):
        tree = tomllib.loads(path.read_text("utf-8"))
        assert tree["metadata"]["maturity"] != "deprecated"
        if "building_block_type" in tree["rule"]:
            continue
        found = set()
        for technique in (one for each in tree["rule"]["threat"] for one in each["technique"]):
            subs = {sub["id"] for sub in technique.get("subtechnique", ())}
            found |= subs or {technique["id"]}
        yield path.relative_to(RULES).as_posix(), found, tree["metadata"].get("integration", [])


def rows(kind):
    lines = [line for line in EXAMPLE.read_text("utf-8").splitlines() if line[0] != "#"]
    return [row for row in csv.DictReader(lines) if row["kind"] == kind]


def test_deployed_and_fed():
    state = {}
    for row in rows("deployed"):  # the glob stands before the one it excepts
        state |= {path: row["value"] for path, *_ in claims() if fnmatch(path, row["rule"])}
    collected = {row["data"]: row["value"] for row in rows("telemetry")}
    assert {row["rule"] for row in rows("fired")} <= {p for p, s in state.items() if s == "yes"}
    by_technique = {}
    for path, found, integrations in claims():
        fed = {collected.get(one) for one in integrations} == {"yes"}
        for technique in found:
            by_technique.setdefault(technique, []).append((state.get(path, ""), fed))
    deployed = {key for key, told in by_technique.items() if any(s == "yes" for s, _ in told)}
    missed = {key for key, told in by_technique.items() if all(s == "no" for s, _ in told)}
    fed = {key for key, told in by_technique.items() if ("yes", True) in told}

    corpus = read_rules(RULES)
    in_toml = tuple(rule for rule in corpus.rules if rule.key.format == "elastic")
    corpus = structs.replace(corpus, rules=in_toml)
    stages = study_of(
        corpus, load_release("19.0"), facts=read_facts(EXAMPLE, date="2026-05-05")
    ).stages

    assert {key for key, one in stages.techniques.items() if one.mapped} == set(by_technique)
    answers = {key: one.deployed.value for key, one in stages.techniques.items() if one.mapped}
    assert {key for key, answer in answers.items() if answer == "yes"} == deployed
    assert {key for key, answer in answers.items() if answer == "no"} == missed
    assert {key for key, one in stages.techniques.items() if one.fed.value == "yes"} == fed
    count = stages.whole.at(Stage.DEPLOYED)
    assert (count.reached.numerator, count.unknown) == (
        len(deployed),
        len(by_technique) - len(deployed) - len(missed),
    )
    assert min(len(deployed), count.unknown) > 10
