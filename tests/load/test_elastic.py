from pathlib import Path

import pytest

from detcov.load.corpus import read_corpus
from detcov.model import ATTACK, Mapping, Place, Role, Stated
from detcov.source import Document, FolderSource, blob_id

GOOD = Path(__file__).parents[1] / "corpus" / "elastic" / "good"
CLAIM, CARRIER, TACTIC = Role.CLAIM, Role.CARRIER, Role.TACTIC


def read(path):
    corpus = read_corpus([FolderSource(label="t", root=path)])
    assert corpus.failures == ()
    return corpus.rules


class Made:
    """A source of one text."""

    label = "made"

    def __init__(self, text, path):
        self._data, self._path = text.encode(), path

    def documents(self, _suffixes):
        data = self._data
        yield Document(label="made", path=self._path, key=blob_id(data), read=lambda: data)


def rule(text, path="rules/x.toml"):
    """The one rule of a text."""
    corpus = read_corpus([Made(text, path)])
    assert corpus.failures == ()
    return corpus.rules[0]


def brief(mapping):
    place = mapping.place
    at = f"{place.line}:{place.column}" if place.exact else f"{place.line}"
    return mapping.role, mapping.tactic_id, mapping.technique_id, mapping.parent_id, at


@pytest.mark.parametrize(
    ("name", "mappings"),
    [
        (
            "plain",
            [
                (CLAIM, "TA0002", "T1610", None, "24:7"),
                (CARRIER, "TA0002", "T1059", None, "29:7"),
                (CLAIM, "TA0002", "T1059.004", "T1059", "34:7"),
                (CLAIM, "TA0003", "T1610", None, "47:7"),
                (TACTIC, "TA0040", None, None, "60:7"),
            ],
        ),
        (
            "inline",
            [
                (CLAIM, "TA0002", "T1609", None, "5:110"),
                (CLAIM, "TA0002", "T1609", None, "5:144"),
            ],
        ),
        (
            "dotted",
            [
                (CLAIM, "TA0004", "T1611", None, "9:13"),
                (CLAIM, "TA0004", "T1068", None, "10:17"),
            ],
        ),
        # No span of the text is the id: only the line is known.
        (
            "escaped",
            [
                (CLAIM, "TA0002", "T105 9", None, "10"),
                (CLAIM, "TA0002", "T1610", None, "12:7"),
            ],
        ),
        ("fake_block", [(CLAIM, "TA0002", "T1610", None, "15:90")]),
        ("fake_block_after", [(CLAIM, "TA0002", "T1610", None, "6:7")]),
        ("indicator_match", [(TACTIC, "TA0011", None, None, "24:7")]),
        ("atlas", [(CLAIM, "AML.TA0005", "AML.T0051", None, "10:7")]),
        ("no_threat", []),
        # What stands in a table's place is a malformed id, and not dropped.
        (
            "odd_types",
            [
                (CLAIM, None, "", None, "14"),
                (CLAIM, None, "", None, "14"),
                (CARRIER, None, "T1611", None, "18"),
                (CLAIM, None, "", "T1611", "18"),
            ],
        ),
    ],
)
def test_mappings_and_their_places(name, mappings):
    (found,) = read(GOOD / f"{name}.toml")
    assert [brief(mapping) for mapping in found.mappings] == mappings


def test_one_mapping_in_full():
    (found,) = read(GOOD / "plain.toml")
    text = (GOOD / "plain.toml").read_text(encoding="utf-8")

    def place(line, column, value, after):
        start = text.index(value, text.index(after))
        return Place(line=line, column=column, start=start, end=start + len(value))

    tactic_table = "[rule.threat.tactic]"
    assert found.mappings[2] == Mapping(
        role=CLAIM,
        framework=ATTACK,
        tactic_id="TA0002",
        tactic_name="Execution",
        tactic_url="https://attack.mitre.org/tactics/TA0002/",
        technique_id="T1059.004",
        technique_name="Unix Shell",
        technique_url="https://attack.mitre.org/techniques/T1059/004/",
        parent_id="T1059",
        entry=0,
        place=place(34, 7, "T1059.004", "subtechnique"),
        name_place=place(35, 9, "Unix Shell", "subtechnique"),
        url_place=place(36, 14, "https://attack.mitre.org/techniques/T1059/004/", "subtechnique"),
        tactic_place=place(39, 7, "TA0002", tactic_table),
        tactic_name_place=place(40, 9, "Execution", tactic_table),
        tactic_url_place=place(41, 14, "https://attack.mitre.org/tactics/TA0002/", tactic_table),
    )


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "plain",
            {
                "name": "Pod Created by Anonymous User",
                "severity": "high",
                "tags": ("Domain: Kubernetes", "Tactic: Execution", "Tactic: Persistence"),
                "references": ("https://example.org/pods",),
                "platforms": (Stated(value="Containers", field="tag Domain: Kubernetes"),),
                "place": Place(line=6, exact=False),
            },
        ),
        (
            "odd_types",
            {
                "name": "Values of other types than they should have",
                "severity": "",
                "tags": ("Tactic: Execution",),
                "references": (),
                "platforms": (Stated(value="IaaS", field="metadata.integration aws"),),
                "place": Place(line=5, exact=False),
            },
        ),
    ],
)
def test_what_else_a_rule_says(name, facts):
    (found,) = read(GOOD / f"{name}.toml")
    assert {key: getattr(found, key) for key in facts} == facts


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("plain", {"Tactic: Execution": (17, 32), "Tactic: Persistence": (17, 53)}),
        ("atlas", {"Mitre Atlas: T0051": (5, 10), "Tactic: Execution": (5, 32)}),
        ("fake_block", {"Tactic: Execution": (14, 10)}),
        ("odd_types", {"Tactic: Execution": (9, 9)}),
    ],
)
def test_places_of_the_tags_that_name_a_tactic(name, places):
    (found,) = read(GOOD / f"{name}.toml")
    assert {tag: (at.line, at.column) for tag, at in found.tag_places.items()} == places
    text = (GOOD / f"{name}.toml").read_text(encoding="utf-8")
    assert all(text[at.start : at.end] == tag for tag, at in found.tag_places.items())


def test_another_frameworks_name_is_kept():
    (found,) = read(GOOD / "atlas.toml")
    assert [mapping.framework for mapping in found.mappings] == ["MITRE ATLAS"]


STABLE = ("stable", "")
ALERT = ("alert", "")
DETECTION = ("detection", "")
UNSTATED = ("unstated", "")
ALERTS = '[".alerts-security.*"]'


@pytest.mark.parametrize(
    ("metadata", "fields", "path", "state", "live"),
    [
        ("", "", "rules/a.toml", (STABLE, ALERT, DETECTION, UNSTATED), True),
        (
            'maturity = "production"',
            "",
            "a.toml",
            (("stable", "metadata.maturity"), ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            'maturity = "Development"',
            "",
            "a.toml",
            (("test", "metadata.maturity"), ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            'maturity = "beta"',
            "",
            "a.toml",
            (("experimental", "metadata.maturity"), ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            'maturity = "deprecated"',
            "",
            "a.toml",
            (("deprecated", "metadata.maturity"), ALERT, DETECTION, UNSTATED),
            False,
        ),
        (
            'maturity = "production"',
            "",
            "rules/_deprecated/a.toml",
            (("deprecated", "path"), ALERT, DETECTION, UNSTATED),
            False,
        ),
        # A file's own name is no folder's.
        ("", "", "rules/_deprecated.toml", (STABLE, ALERT, DETECTION, UNSTATED), True),
        (
            "",
            'name = "Deprecated - Old"',
            "a.toml",
            (("deprecated", "rule.name"), ALERT, DETECTION, UNSTATED),
            False,
        ),
        (
            "",
            'name = "Deprecated Protocol Used"',
            "a.toml",
            (STABLE, ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            "",
            'building_block_type = "default"',
            "a.toml",
            (STABLE, ("signal", "rule.building_block_type"), DETECTION, UNSTATED),
            False,
        ),
        (
            "promotion = true",
            f"index = {ALERTS}",
            "a.toml",
            (STABLE, ALERT, ("promotion", "metadata.promotion"), UNSTATED),
            False,
        ),
        ("promotion = false", "", "a.toml", (STABLE, ALERT, DETECTION, UNSTATED), True),
        (
            "",
            f"index = {ALERTS}",
            "a.toml",
            (STABLE, ALERT, ("over-alerts", "rule.index"), UNSTATED),
            False,
        ),
        (
            "",
            'index = [".alerts-security.*", "logs-*"]',
            "a.toml",
            (STABLE, ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            "",
            'language = "esql"\nquery = "from .alerts-security.* metadata _id | limit 1"',
            "a.toml",
            (STABLE, ALERT, ("over-alerts", "rule.query"), UNSTATED),
            False,
        ),
        (
            "",
            'language = "esql"\nquery = "FROM .alerts-security.*, logs-* | limit 1"',
            "a.toml",
            (STABLE, ALERT, ("over-alerts", "rule.query"), UNSTATED),
            False,
        ),
        (
            "",
            'language = "esql"\nquery = "from logs-*, .alerts-security.*\\n| limit 1"',
            "a.toml",
            (STABLE, ALERT, DETECTION, UNSTATED),
            True,
        ),
        # In other languages "from" is only a word.
        (
            "",
            'language = "kuery"\nquery = "from .alerts-security.*"',
            "a.toml",
            (STABLE, ALERT, DETECTION, UNSTATED),
            True,
        ),
        (
            "",
            "enabled = false",
            "a.toml",
            (STABLE, ALERT, DETECTION, ("no", "rule.enabled")),
            False,
        ),
        ("", "enabled = true", "a.toml", (STABLE, ALERT, DETECTION, ("yes", "rule.enabled")), True),
    ],
)
def test_state_and_the_fields_it_came_from(metadata, fields, path, state, live):
    text = f'[metadata]\n{metadata}\n[rule]\nrule_id = "a"\n{fields}\n'
    found = rule(text, path).state
    facts = (found.lifecycle, found.emits, found.kind, found.enabled)
    assert [(fact.value, fact.field) for fact in facts] == list(state)
    assert found.live is live


@pytest.mark.parametrize(
    ("metadata", "fields", "platforms"),
    [
        ("", "", []),
        ("", 'tags = ["OS: macOS", "OS: Linux", "os: windows"]', ["Linux", "macOS"]),
        ("", 'tags = ["Domain: Container"]', ["Containers"]),
        ("", 'tags = ["Data Source: Okta", "Domain: Cloud"]', ["Identity Provider"]),
        ("", 'tags = ["Data Source: Microsoft 365"]', ["Office Suite"]),
        # Elastic Defend and the clouds' "Domain: Endpoint" run on several platforms alike.
        ("", 'tags = ["Data Source: Elastic Defend", "Domain: Endpoint"]', []),
        ('integration = "aws"', "", ["IaaS"]),
        ('integration = ["cloud_defend", "endpoint"]', "", ["Containers"]),
        ("", "query = 'process where host.os.type == \"linux\"'", ["Linux"]),
        ("", "query = 'host.os.type:(windows or macos)'", ["Windows", "macOS"]),
        ("", 'query = \'where host.os.type in~ ("Linux", "macOS")\'', ["Linux", "macOS"]),
        # What the rest of the line says is no platform.
        ("", "query = 'host.os.type : linux and process.args : *windows*'", ["Linux"]),
        ("", "query = 'host.os.type != \"windows\"'", []),
    ],
)
def test_platforms(metadata, fields, platforms):
    found = rule(f'[metadata]\n{metadata}\n[rule]\nrule_id = "a"\n{fields}\n')
    assert [stated.value for stated in found.platforms] == platforms


def test_a_platform_names_the_first_field_that_states_it():
    found = rule(
        '[metadata]\nintegration = ["windows", "aws"]\n'
        '[rule]\nrule_id = "a"\ntags = ["OS: Windows"]\n'
        'query = \'host.os.type == "windows" or host.os.type == "linux"\'\n'
    )
    assert found.platforms == (
        Stated(value="IaaS", field="metadata.integration aws"),
        Stated(value="Linux", field="query host.os.type"),
        Stated(value="Windows", field="tag OS: Windows"),
    )


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ('"low"', "low"),
        ('"Medium"', "medium"),
        ('"high"', "high"),
        ('"critical"', "critical"),
        ('"urgent"', ""),
        ("3", ""),
    ],
)
def test_severity(written, severity):
    assert rule(f'[rule]\nrule_id = "a"\nseverity = {written}\n').severity == severity


@pytest.mark.parametrize(
    "query",
    ["from" + " " * 1_000_000, "\n" * 1_000_000, "host.os.type:(" * 100_000, "from a" * 200_000],
    ids=["spaces", "lines", "brackets", "froms"],
)
def test_no_query_takes_longer_than_its_length(query):
    """Would run for hours where a pattern tries every split of a run of blanks."""
    found = rule(f"[rule]\nrule_id = 'a'\nlanguage = 'esql'\nquery = '''{query}'''\n")
    assert found.platforms == ()
