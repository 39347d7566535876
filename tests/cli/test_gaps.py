"""`detcov gaps` on three rules of Elastic's format, and on the bundled ATT&CK 19.0."""

import json
import re

import pytest

from named import read_named

CONTAINER_RULE = """[metadata]
maturity = "production"
[rule]
rule_id = "{key}"
name = "{name}"
severity = "high"
tags = ["{tag}", "Tactic: Execution"]
type = "query"
[[rule.threat]]
framework = "MITRE ATT&CK"
[rule.threat.tactic]
id = "TA0002"
name = "Execution"
reference = "https://attack.mitre.org/tactics/TA0002/"
[[rule.threat.technique]]
id = "{technique}"
name = "x"
reference = "https://attack.mitre.org/techniques/{technique}/"
"""


@pytest.fixture
def container_rule(rules):
    """Writes a rule with a tag of its own beside the others."""

    def write(name="escape", tag="Domain: Container", technique="T1609", folder=rules):
        folder.mkdir(parents=True, exist_ok=True)
        text = CONTAINER_RULE.format(key=name, name=name, tag=tag, technique=technique)
        (folder / f"execution_{name}.toml").write_text(text, encoding="utf-8")

    return write


def gaps(detcov, *args):
    code, out, err = detcov("gaps", "--format", "json", *args)
    assert (code, err) == (0, "")
    return json.loads(out)


def rows(document, table="gaps"):
    return read_named(json.dumps(document))["tables"][table]["rows"]


def ids(document):
    return {row["technique"]["text"] for row in rows(document)}


def covered(document):
    value = document["numbers"]["covered"]["value"]
    return value["numerator"], value["denominator"]


def test_the_terminal(detcov, container_rule):
    container_rule()
    code, out, err = detcov("gaps", "--platform", "containers", "--top", "47")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "ATT&CK Enterprise 19.0 (bundled; 20.0 is out) for Containers"
    assert lines[1] == "1 of 48 ATT&CK techniques of Containers covered (2 %), 47 gaps"
    assert max(map(len, lines)) <= 80
    assert re.search(r"^Collection +n/a$", out, re.MULTILINE)
    assert re.search(r"^  T1609 Container .* one +0 +1 +0 +0", out, re.MULTILINE)
    assert "of 18.1" in out
    assert "(Linux analytic: there is none for Containers)" in re.sub(r"\s+", " ", out)


@pytest.mark.usefixtures("rules")
def test_without_a_platform_a_line_each(detcov):
    code, out, _ = detcov("gaps")

    assert code == 0
    found = dict(re.findall(r"^(\S[\w ]*?) +(\d+ of \d+) \(", out, re.MULTILINE))
    assert list(found) == [
        *("Containers", "ESXi", "IaaS", "Identity Provider", "Linux", "Network Devices"),
        *("Office Suite", "SaaS", "Windows", "macOS"),
    ]
    told = "aside: 0 of 96 PRE-only techniques (reconnaissance, resource development) have"
    assert told in re.sub(r"\s+", " ", out)
    assert (found["Linux"], found["Windows"]) == ("1 of 355", "1 of 474")


def test_what_group_software_campaign_and_tactic_leave(detcov, container_rule):
    container_rule()
    containers = ("--platform", "Containers")
    everything = ids(gaps(detcov, *containers))
    team = ids(gaps(detcov, *containers, "--group", "TeamTNT"))
    by_id = ids(gaps(detcov, *containers, "--group", "G0139"))
    kinsing = ids(gaps(detcov, *containers, "--software", "Kinsing"))
    both = ids(gaps(detcov, *containers, "--group", "G0139", "--software", "kinsing"))
    execution = ids(gaps(detcov, *containers, "--tactic", "Execution"))

    assert team == by_id
    assert team < everything
    assert both == team | kinsing
    assert {"T1610", "T1204.003"} <= execution
    assert "T1609" not in everything


SPLIT = "Defense Evasion was split into Stealth and Defense Impairment"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--group", "TeamTNTT"), "no group 'TeamTNTT'; did you mean TeamTNT (G0139)?"),
        (("--campaign", "G0139"), "no campaign 'G0139'"),
        (("--software", " ,"), "no group, software or campaign is named"),
        (("--tactic", "Defense Evasion"), f"has no tactic 'Defense Evasion'; {SPLIT} (it has "),
        (("--tactic", "defense-evasion"), f"has no tactic 'defense-evasion'; {SPLIT} (it has "),
        (("--tactic", "Defence Evasion"), f"has no tactic 'Defence Evasion'; {SPLIT} (it has "),
        (("--tactic", "cooking"), "has no tactic 'cooking' (it has "),
        (
            ("--tactic", "credential-acess"),
            "has no tactic 'credential-acess'; did you mean Credential Access? (it has ",
        ),
        (("--platform", "Container"), "has no platform 'Container'; did you mean Containers?"),
        (
            ("--platform", "Kubernetes"),
            "no platform 'Kubernetes'; did you mean Containers? (it has",
        ),
        (("--platform", "azure-ad"), "no platform 'azure-ad'; did you mean Identity Provider? (it"),
        (("--weight", "x=1"), "weight 'x=1': write PART=WHOLE NUMBER"),
        (("--scope", "x"), "scope 'x': write COLUMN=WHAT:PATTERN"),
        (("--date", "tomorrow"), "write YYYY-MM-DD"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_is_wrong_is_named(detcov, option, message):
    code, out, err = detcov("gaps", *option)

    assert (code, out) == (2, "")
    assert message in err


def test_a_list_from_a_file(detcov, container_rule, tmp_path):
    container_rule()
    (tmp_path / "work" / "names.txt").write_text("TeamTNT  # a group\nG0106\n", encoding="utf-8")
    asked = ("gaps", "--platform", "Containers", "--group")
    assert detcov(*asked, "@names.txt") == detcov(*asked, "TeamTNT,Rocke")
    code, _, err = detcov(*asked, "@missing.txt")
    assert (code, err) == (2, "detcov: missing.txt: No such file or directory\n")


def test_scope_and_weights_come_from_the_settings(detcov, container_rule, tmp_path):
    container_rule(tag="Team: Boxes")
    containers = ("--platform", "Containers")
    assert covered(gaps(detcov, *containers)) == (0, 48)

    (tmp_path / "work" / "detcov.toml").write_text(
        'platform = "Containers"\nscope = ["runtime=tag:Team: Boxes"]\n'
        'weight = ["platform-only=50", "software=1"]\n',
        encoding="utf-8",
    )
    document = gaps(detcov)

    assert covered(document) == (1, 48)
    reasons = {row["rule"]: (row["column"], row["because_of"]) for row in rows(document, "rules")}
    assert reasons["escape"] == ("runtime", "setting tag:Team: Boxes")
    first = rows(document)[0]
    assert first["points_platform_only"] == 50
    # The command line wins.
    assert rows(gaps(detcov, "--weight", "matrix=99"))[0]["points_matrix"] == 99


def test_candidates(detcov, container_rule, tmp_path):
    container_rule()
    theirs = tmp_path / "theirs"
    container_rule(name="deploys", technique="T1610", folder=theirs)
    container_rule(name="on-linux", technique="T1204", tag="OS: Linux", folder=theirs)
    document = gaps(detcov, "--platform", "Containers", "--candidates", f"them={theirs}")

    (found,) = rows(document, "candidates")
    assert (found["technique"]["text"], found["candidate"]) == ("T1610", "deploys")
    assert (found["source"], found["column"]) == ("them", "runtime")
    assert found["because_of"] == "tag Domain: Container"


def test_a_candidate_in_several_places_is_named_in_each(detcov, container_rule, tmp_path):
    """As `suggest` names them: a copy in another corpus, a retired one among them."""
    container_rule()
    uuid, file = "0a1b2c3d-0000-4000-8000-00000000000a", "execution_deploys.toml"
    for name in ("others", "them"):
        container_rule(name="deploys", technique="T1610", folder=tmp_path / name)
        path = tmp_path / name / file
        text = path.read_text("utf-8").replace('rule_id = "deploys"', f'rule_id = "{uuid}"')
        maturity = "deprecated" if name == "others" else "production"
        path.write_text(text.replace("production", maturity), "utf-8")
    container_rule(name="alone", technique="T1613", folder=tmp_path / "them")
    args = ["--platform", "Containers"]
    args += [f"--candidates={tmp_path / one}" for one in ("others", "them")]

    found = {one["candidate"]: one for one in rows(gaps(detcov, *args), "candidates")}
    assert (found["deploys"]["source"], found["deploys"]["path"]) == ("them", file)
    assert found["deploys"]["other_places"] == [f"others: {file}"]
    assert found["alone"]["other_places"] is None
    _, text, _ = detcov("gaps", *args, "--full")
    assert "candidates: deploys (them, others)" in text
    assert "candidates: alone (them)" in text


def test_a_broken_candidate_is_named_and_the_rest_counts(detcov, container_rule, tmp_path):
    container_rule()
    theirs = tmp_path / "theirs"
    container_rule(name="deploys", technique="T1610", folder=theirs)
    (theirs / "broken.toml").write_text("[rule", encoding="utf-8")
    code, out, err = detcov(
        "gaps", "--platform", "Containers", "--format", "json", "--candidates", theirs
    )

    assert code == 3
    assert "broken.toml:1:" in err
    assert len(rows(json.loads(out), "candidates")) == 1


@pytest.mark.usefixtures("rules")
def test_candidates_that_are_not_there(detcov, tmp_path):
    code, out, err = detcov("gaps", "--candidates", tmp_path / "nowhere")

    assert (code, out) == (3, "")
    assert "nowhere" in err


@pytest.mark.parametrize("form", ["text", "markdown", "json", "csv", "html", "png", "layer"])
def test_every_format_to_a_file_and_to_the_screen(detcov, container_rule, tmp_path, form):
    container_rule()
    target = tmp_path / f"new/gaps.{form}"
    args = ("gaps", "--platform", "Containers", "--format", form)
    code, out, _ = detcov(*args, "-o", target)

    assert (code, out) == (0, f"Wrote {target}.\n")
    if form != "png":
        code, out, _ = detcov(*args)
        assert (code, out.encode()) == (0, target.read_bytes())


def test_a_file_that_can_not_be_written(detcov, container_rule, tmp_path):
    container_rule()
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, _, err = detcov("gaps", "-o", tmp_path / "file" / "gaps.txt")

    assert code == 4
    assert "file" in err


def test_unread_rules_are_named_and_the_code_says_so(detcov, container_rule, rules):
    container_rule()
    (rules / "broken.toml").write_text("[rule", encoding="utf-8")
    code, out, err = detcov("gaps", "--platform", "Containers")

    assert code == 3
    assert "broken.toml:1:" in err
    assert "1 of 48 ATT&CK techniques of Containers covered" in out


def test_report_writes_the_page_that_its_heatmap_leads_to(detcov, container_rule, tmp_path):
    container_rule()
    code, out, _ = detcov("report", "--out", tmp_path / "out")

    assert code == 0
    assert "Wrote 10 files" in out
    heatmap = (tmp_path / "out" / "heatmap.html").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "gaps-containers.html").read_text(encoding="utf-8")
    assert '<a href="gaps-containers.html">Gaps of Containers</a>' in heatmap
    assert '<a href="heatmap.html">Heatmap</a>' in page


@pytest.mark.usefixtures("rules")
def test_report_writes_gaps_that_are_asked_for(detcov, tmp_path):
    """Of all rules for the platform, though the report itself is of another one."""
    code, _, _ = detcov(
        *("report", "--platform", "Windows", "--gaps", "linux", "--out", tmp_path / "out")
    )

    assert code == 0
    page = (tmp_path / "out" / "gaps-linux.html").read_text(encoding="utf-8")
    assert "1 of 355" in page


FACT = "kind,value,technique,platform,owner,expiry,data\n"


def test_facts(detcov, container_rule, tmp_path):
    """A waiver counts until its day is over; a broken row is named."""
    container_rule()
    facts = tmp_path / "facts.csv"
    facts.write_text(
        f"{FACT}waived,yes,T1204.003,Containers,Ana,2026-12-31,\ntelemetry,yes,,,,,auditd\n",
        encoding="utf-8",
    )
    containers = ("--platform", "Containers", "--facts", facts)

    before = gaps(detcov, *containers, "--date", "2026-12-31")
    after = gaps(detcov, *containers, "--date", "2027-01-01")

    assert (covered(before), covered(after)) == ((1, 47), (1, 48))
    assert "T1204.003" not in ids(before)
    assert "T1204.003" in ids(after)
    assert rows(before, "accepted")[0]["by"] == "Ana"
    logs = {row["log_source"]: row["collected"] for row in rows(before, "log-sources")}
    assert (logs["auditd:SYSCALL"], logs["docker:events"]) == ("stated", "unknown")

    facts.write_text(f"{FACT}wavied,yes,T1204.003,Containers,Ana,2026-12-31,\n", encoding="utf-8")
    code, out, err = detcov("gaps", *containers)
    assert code == 3
    assert "facts.csv:2:" in err
    assert "1 of 48 ATT&CK techniques of Containers covered" in out
