"""JSON and CSV hold everything, and nothing that isn't in the data.

A made history: twelve rules on one technique come, eleven go, and findings with them. People read
the first few of each list; a machine gets them all.
"""

import csv
import io
import json
import re
from collections import Counter

import pytest

from detcov.analysis.change import Turn
from detcov.analysis.coverage import Depth
from detcov.analysis.overlap import Standing
from detcov.analysis.rule_change import RuleFate
from detcov.attack.kubernetes_matrix import load_kubernetes_matrix
from detcov.attack.store import load_detections, load_release, load_threats
from detcov.check import CHECKS
from detcov.model import LEVELS, ScopeColumn
from made_git import MadeRepository

RULES = 30
GONE = 25
"""Of the rules, those that the second commit takes away"""
MANY = ("T1609", "T1610", "T1611", "T1613", "T1053", "T1059")
"""What one rule too many claims"""
MORE = re.compile(r"\band [\d,]+ more\b")
WORDS = {
    *map(str, (*Turn, *RuleFate, *Standing, *Depth, *ScopeColumn)),
    *LEVELS,
    *(check.name for check in CHECKS),
    *(code for check in CHECKS for code in (check.code, check.drift_code) if code),
    *["yes", "no", "unknown", "n/a", "none asked for", "not stated", "stable"],
    *["group", "software", "campaign", "groups", "campaigns", "general", "PRE-only"],
    *["covered", "via sub-techniques", "node only", "gap", "open"],
    *["no ATT&CK technique", "not mapped to ATT&CK"],
    *["added", "revoked", "deprecated", "removed", "active again", "renamed"],
    *["other tactics", "tactic redefined", "other platforms"],
    *["platform-only", "few-platforms", "matrix", "at-hand", "candidate", "unseen"],
    *["possible", "ubiquitous"],
}
"""Of a fixed set that docs/outputs.md names"""
PROSE = {
    "message",
    "why",
    "text",
    "about",
    "label",
    "note",
    "licence",
    "because_of",
    "reason",
    "fix",
}
"""Columns that are text for a person, by docs/outputs.md"""


def rule(at, *techniques, tactic="TA0002"):
    threat = "\n".join(
        f'[[rule.threat]]\nframework = "MITRE ATT&CK"\n'
        f'tactic = {{ id = "{tactic}", name = "Execution" }}\n'
        f'technique = [{{ id = "{technique}" }}]'
        for technique in techniques
    )
    return (
        f'[metadata]\nmaturity = "production"\n[rule]\n'
        f'rule_id = "00000000-0000-4000-8000-{at:012}"\nname = "Rule no. {at}"\n'
        f'severity = "low"\ntype = "eql"\nquery = "process where true"\n'
        f'tags = ["OS: Linux", "Domain: Container"]\n{threat}\n'
    )


@pytest.fixture
def made(tmp_path):
    made = MadeRepository(tmp_path / "repo")
    for at in range(RULES):
        # T1070 isn't in Execution: a finding of each.
        made.files[f"rules/{at}.toml"] = rule(at, "T1609", "T1070")
    for at in range(RULES, RULES + 25):
        made.files[f"rules/{at}.toml"] = rule(at, *MANY)
    made.commit("2026-05-04", "one")
    for at in range(GONE):
        del made.files[f"rules/{at}.toml"]
    for at in range(100, 130):
        made.files[f"rules/{at}.toml"] = rule(at, "T1610", "T1070")
    for at, technique in enumerate(one_rule_each(), start=200):
        made.files[f"rules/{at}.toml"] = rule(at, technique)
    made.commit("2026-05-11", "two")
    return made


def one_rule_each():
    """Thirty techniques that no other rule claims."""
    others = {"T1609", "T1070", *MANY}
    return [key for key in sorted(load_release("19.0").active) if key not in others][:30]


@pytest.fixture
def commands(made, tmp_path):
    """Each command that prints a Document, by name."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for path, text in made.files.items():
        side = "one" if int(path.split("/")[1].split(".")[0]) % 2 else "two"
        (tmp_path / side / path.split("/")[1]).write_text(text, encoding="utf-8")
    one, two = f"one={tmp_path / 'one'}", f"two={tmp_path / 'two'}"
    history = ("--repo", made.path)
    return {
        "diff": ("diff", "HEAD~1", "HEAD", *history),
        "pr": ("pr", "--base", "HEAD~1", *history),
        "weekly": ("weekly", *history),
        "compare": ("compare", one, two),
        "threat": ("threat", one, two, "--group", "TeamTNT,Rocke", "--with-software"),
        "suggest": ("suggest", one, "--from", two, "--platform", "Containers"),
        "gaps": ("gaps", one, "--candidates", two, "--platform", "Containers"),
        "kubernetes": ("kubernetes", one, two),
        "attack diff": ("attack", "diff", "18.1", "19.0", one),
    }


@pytest.fixture
def known(made):
    """Every text that rules, git and ATT&CK have, and the words of ours."""
    found = set(WORDS)
    for version in ("18.1", "19.0"):
        release = load_release(version)
        found |= {version, release.title}
        for technique in release.techniques.values():
            found |= {technique.id, technique.name, *technique.tactics, *technique.platforms}
        for tactic in release.tactics:
            found |= {tactic.id, tactic.name, tactic.shortname}
        for actor in load_threats(release).actors.values():
            found |= {actor.id, actor.name, actor.kind}
    matrix = load_kubernetes_matrix()
    found |= set(matrix.tactics)
    for technique in matrix.techniques:
        found |= {technique.id, technique.name}
    for strategy in load_detections(load_release("19.0")).strategies.values():
        found |= {strategy.id, strategy.name}
        for analytic in strategy.analytics:
            found |= {analytic.id, *analytic.components}
            for log in analytic.log_sources:
                found |= {log.name, log.channel}
    for path, text in made.files.items():
        at = path.split("/")[1].split(".")[0]
        uuid = re.search(r'rule_id = "(.*)"', text)[1]
        found |= {f"Rule no. {at}", uuid, path, f"{at}.toml"}
    for at in range(GONE):
        uuid = f"00000000-0000-4000-8000-{at:012}"
        found |= {f"Rule no. {at}", uuid, f"rules/{at}.toml"}
    ids = {one for one in found if one.startswith("00000000-")}
    found |= {f"{label}:elastic:{one}" for label in ("rules", "one", "two") for one in ids}
    for revision in made.git.walk(made.git.head.target):
        found |= {str(revision.id)[:10], revision.message}
    return found | {"2026-05-04", "2026-05-11", "rules", "one", "two", "elastic"}


def texts(value, column=""):
    """Each text of a table's rows with the column it stands in; ratios and urls apart."""
    match value:
        case str():
            yield column, value
        case {"numerator": _}:
            return
        case {"text": text, "url": url}:
            assert url.startswith("https://attack.mitre.org/"), url
            yield column, text
        case dict():
            for key, one in value.items():
                yield from texts(one, key)
        case list():
            for one in value:
                yield from texts(one, column)


def rows_of(document, table):
    return document["tables"][table]["rows"]


NAMES = (
    *("diff", "pr", "weekly", "compare", "threat", "suggest", "gaps", "kubernetes"),
    "attack diff",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_value_is_not_in_the_data(detcov, commands, known, name):
    code, out, err = detcov(*commands[name], "--format", "json", *_no_cache(name))
    assert (code, err) == (0, "")
    document = json.loads(out)
    invented = {
        (table, column, text)
        for table, content in document["tables"].items()
        if table != "method"
        for column, text in texts(content["rows"])
        if column not in PROSE and text not in known
    }
    assert invented == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_out_for_machines(detcov, commands, name):
    """Neither JSON nor CSV has "and 14 more", and every key that stands in a row is explained."""
    _, out, _ = detcov(*commands[name], "--format", "json", *_no_cache(name))
    assert MORE.search(out) is None
    document = json.loads(out)
    keys = {
        text
        for content in document["tables"].values()
        for _, text in texts(content["rows"])
        if re.match(r"(rules|one|two):elastic:", text)
    }
    assert keys == document["rules"].keys()
    if name != "pr":
        _, out, _ = detcov(*commands[name], "--format", "csv", *_no_cache(name))
        assert MORE.search(out) is None


def _no_cache(name):
    return () if name == "attack diff" else ("--no-cache",)


def test_json_and_csv_are_the_same_with_and_without_full(detcov, commands):
    for name in ("compare", "threat", "suggest", "gaps", "kubernetes"):
        for form in ("json", "csv"):
            asked = (*commands[name], "--format", form, "--no-cache")
            assert detcov(*asked) == detcov(*asked, "--full"), (name, form)


def test_all_rules_of_a_technique_are_there(detcov, commands, made):
    """Counted in the files alone."""
    _, out, _ = detcov(*commands["compare"], "--format", "json", "--no-cache")
    told = {one["technique"]: one for one in rows_of(json.loads(out), "techniques")}
    expected = {"first_rules": Counter(), "second_rules": Counter()}
    for path, text in made.files.items():
        side = "first_rules" if int(path.split("/")[1].split(".")[0]) % 2 else "second_rules"
        expected[side].update(set(re.findall(r'technique = \[\{ id = "(.*?)"', text)))
    for side, counts in expected.items():
        assert {key: len(one[side]) for key, one in told.items() if one[side]} == counts
    _, out, _ = detcov(*commands["compare"], "--format", "csv", "--no-cache")
    for one in csv.DictReader(io.StringIO(out)):
        assert len(one["first_rules"].split("; ")) == max(1, told[one["technique"]]["first"])
    _, page, _ = detcov(*commands["compare"], "--format", "markdown", "--no-cache")
    assert MORE.search(page), "people read the first few"


def test_the_weekly_lists_are_whole(detcov, commands):
    _, out, _ = detcov(*commands["weekly"], "--format", "json", "--no-cache")
    document = json.loads(out)
    assert len(rows_of(document, "fragile")) == len(one_rule_each())
    over = rows_of(document, "over_mapped")
    assert len(over) == 25
    assert all(one["technique_ids"] == sorted(MANY) and one["techniques"] == 6 for one in over)
    _, text, _ = detcov(*commands["weekly"], "--format", "text", "--no-cache")
    assert "\n  and 10 more on one rule\n" in text
    assert "\n  and 5 more with more than 5 techniques\n" in text


def test_the_tables_of_a_pull_request_are_those_of_diff(detcov, commands):
    documents = [
        json.loads(detcov(*commands[name], "--format", "json", "--no-cache")[1])
        for name in ("diff", "pr")
    ]
    for table in ("techniques", "causes", "rules", "found", "gone", "tactics", "unread"):
        assert rows_of(documents[0], table) == rows_of(documents[1], table), table
    assert len(rows_of(documents[1], "rules")) == GONE + 30 + len(one_rule_each())


@pytest.mark.parametrize("name", ["diff", "weekly"])
def test_findings_that_are_gone_are_named(detcov, commands, name):
    _, out, _ = detcov(*commands[name], "--format", "json", "--no-cache")
    gone = [one for one in rows_of(json.loads(out), "gone") if one["severity"] == "error"]
    assert {(one["code"], one["rule_name"], one["path"]) for one in gone} == {
        ("M105", f"Rule no. {at}", f"rules/{at}.toml") for at in range(GONE)
    }
    _, page, _ = detcov(*commands[name], "--format", "html", "--no-cache")
    assert page.count("<code>rules/0.toml:") + page.count(">rules/0.toml:") >= 1
    assert "Gone" in page
