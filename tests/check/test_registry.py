"""The registry is whole, its codes are stable, and a run of it gives findings in order."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from msgspec import structs

import detcov.check
from detcov.check import CHECKS, run_checks
from detcov.check.base import Check
from detcov.check.docs import checks_page
from detcov.load import PARSERS
from detcov.model import Finding, Place, Severity
from detcov.resolve import Resolver
from made import (
    HIDING,
    NEW,
    OLD,
    RUNNING,
    TAKING,
    make_corpus,
    make_mapping,
    make_rule,
    make_state,
)

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
FOLDER = Path(detcov.check.__file__).parent


def test_every_module_with_a_check_is_registered():
    modules = [
        import_module(f"detcov.check.{path.stem}")
        for path in FOLDER.glob("*.py")
        if path.stem != "__init__"
    ]
    found = [module.CHECK for module in modules if hasattr(module, "CHECK")]

    numbers = [one.code[1:] for one in CHECKS]
    assert sorted(numbers) == numbers
    assert len(found) == len(CHECKS)
    assert all(one in CHECKS for one in found)


def test_codes_are_stable():
    """A code never changes its meaning: a suppression list or a dashboard may hold it."""
    assert {one.code: one.name for one in CHECKS} == {
        "M101": "technique-malformed",
        "M102": "technique-unknown",
        "M103": "technique-revoked",
        "M104": "technique-deprecated",
        "M105": "technique-not-in-tactic",
        "M106": "wrong-parent",
        "M107": "tactic-name-mismatch",
        "M108": "technique-name-mismatch",
        "M109": "reference-url-mismatch",
        "M110": "tactic-only",
        "M111": "duplicate-mapping",
        "M112": "other-framework",
        "M113": "tactic-unknown",
        "M114": "newer-than-release",
        "M115": "tactic-malformed",
        "M116": "tactic-without-technique",
        "M117": "technique-without-tactic",
        "M118": "tactic-missing",
        "M119": "other-object",
        "M120": "tactic-to-decide",
        "M121": "not-enterprise",
        "M122": "platform-contradiction",
        "M123": "platform-not-listed",
        "R201": "no-mapping",
        "R202": "duplicate-rule-id",
        "R203": "duplicate-rule-name",
        "R204": "tactic-tag-unknown",
        "R205": "tag-without-threat",
        "R206": "threat-without-tag",
        "R207": "file-name-tactic",
        "R208": "named-deprecated",
        "R209": "missing-rule-id",
        "R210": "duplicate-key",
        "R211": "tag-not-text",
        "R212": "same-rule-in-two-sources",
        "R213": "former-id-there",
        "F301": "fact-expired",
        "F302": "fact-unmatched",
        "F303": "fact-needless",
    }


def test_codes_and_names_are_used_once_and_drift_is_told_by_its_letter():
    drift = [one.drift_code for one in CHECKS if one.drift_code]

    assert len({one.name for one in CHECKS}) == len(CHECKS)
    assert drift == [f"D{one.code[1:]}" for one in CHECKS if one.drift_code]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_documents_itself(check: Check):
    assert [check.of_rule, check.of_rules, check.of_facts].count(None) == 2
    for text in (check.summary, check.why, check.fix):
        assert re.fullmatch(r"[A-Z].*[.”]", text), text
    assert check.example
    module = next(
        path for path in FOLDER.glob("*.py") if f'code="{check.code}"' in path.read_text("utf-8")
    )
    assert module.read_text("utf-8").startswith(f'"""{check.code}: ')


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == checks_page(), (
        "docs/checks.md is out of date: run .ci/pages.py"
    )


def test_a_check_of_some_formats_is_asked_of_no_other():
    only = [one for one in CHECKS if one.formats]
    rules = [make_rule(native_id=name, format=name) for name in PARSERS]

    assert only
    for check in only:
        assert set(check.formats) <= set(PARSERS)
        assert [one.key.format for one in rules if check.suits(one.key.format)] == [
            name for name in PARSERS if name in check.formats
        ]


def test_what_rules_share_is_told_once():
    """The tags of a Sigma collection's global part are those of all its rules."""
    shared = Place(line=3, column=5, start=30, end=35)
    resolver = Resolver(NEW)
    rules = [
        make_rule(
            structs.replace(make_mapping("T9999"), place=shared), native_id=name, path="same.yml"
        )
        for name in ("one", "two")
    ]

    findings = run_checks(
        make_corpus(*rules), [resolver.resolve(rule) for rule in rules], resolver, "active"
    )

    assert [(one.code, one.rule_id) for one in findings if one.code == "M102"] == [("M102", "one")]


def test_findings_are_whole_and_sorted_by_path_place_and_code():
    resolver = Resolver(NEW, (OLD,))
    rules = (
        make_rule(
            make_mapping("T1004", HIDING, line=12),
            make_mapping("t9999", TAKING, line=9, entry=1),
            native_id="b",
            name="Second",
            tags=("Tactic: Hiding", "Tactic: Taking"),
            place=Place(line=2),
        ),
        make_rule(native_id="a", name="First", place=Place(line=4)),
    )

    findings = run_checks(
        make_corpus(*rules), [resolver.resolve(rule) for rule in rules], resolver, "active"
    )

    assert findings == (
        Finding(
            code="R201",
            name="no-mapping",
            severity=Severity.WARNING,
            message="the rule has no ATT&CK mapping",
            source="ours",
            path="a.toml",
            place=Place(line=4),
            rule_id="a",
            rule_name="First",
        ),
        Finding(
            code="D204",
            name="tactic-tag-unknown",
            severity=Severity.NOTE,
            message="the tag 'Tactic: Hiding' names no tactic of ATT&CK Enterprise 10.0; "
            "what the rule maps there is in Breaking",
            source="ours",
            path="b.toml",
            place=Place(line=2),
            rule_id="b",
            rule_name="Second",
            drift=True,
            fix="Tactic: Breaking",
            subject="Tactic: Hiding",
        ),
        Finding(
            code="M101",
            name="technique-malformed",
            severity=Severity.ERROR,
            message="'t9999' is no technique id; T9999 is meant",
            source="ours",
            path="b.toml",
            place=Place(line=9),
            rule_id="b",
            rule_name="Second",
            fix="T9999",
            subject="t9999",
        ),
        Finding(
            code="D105",
            name="technique-not-in-tactic",
            severity=Severity.NOTE,
            message="T1004 was in Hiding until 9.0; it is in Breaking instead",
            source="ours",
            path="b.toml",
            place=Place(line=12),
            rule_id="b",
            rule_name="Second",
            drift=True,
            fix="TA0112",
            subject="T1004",
        ),
        Finding(
            code="D107",
            name="tactic-name-mismatch",
            severity=Severity.NOTE,
            message="TA0005 is Silence, not 'Hiding'; what is mapped there is in Breaking",
            source="ours",
            path="b.toml",
            place=Place(line=12),
            rule_id="b",
            rule_name="Second",
            drift=True,
            subject="TA0005",
        ),
    )


@pytest.mark.parametrize(
    ("count", "expected"), [("live", ["1"]), ("active", ["1", "2"]), ("all", ["1", "2", "3"])]
)
def test_only_the_rules_that_count_are_judged(count, expected):
    states = (make_state(), make_state(emits="signal"), make_state(lifecycle="deprecated"))
    rules = [
        make_rule(make_mapping("T1001", TAKING), native_id=str(number), name=str(number), state=one)
        for number, one in enumerate(states, start=1)
    ]
    resolver = Resolver(NEW)

    findings = run_checks(
        make_corpus(*rules), [resolver.resolve(rule) for rule in rules], resolver, count
    )

    assert [one.rule_id for one in findings if one.code == "M105"] == expected


def test_a_sound_rule_has_no_finding():
    rule = make_rule(
        make_mapping(
            "T1001",
            RUNNING,
            technique_name="Technique 1001",
            technique_url="https://attack.mitre.org/techniques/T1001/",
            tactic_url="https://attack.mitre.org/tactics/TA0002/",
        ),
        tags=("Tactic: Running Code", "OS: Linux"),
        path="rules/running_code_by_cron.toml",
    )
    resolver = Resolver(NEW, (OLD,))

    assert run_checks(make_corpus(rule), [resolver.resolve(rule)], resolver, "all") == ()
