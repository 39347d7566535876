"""What docs/ci.md shows runs: its workflows are read, and their detcov commands are carried out."""

import re
import shlex
from pathlib import Path

import pygit2
import pytest
import yaml

from detcov import cli
from made_story import story

PAGE = (Path(__file__).parents[1] / "docs" / "ci.md").read_text(encoding="utf-8")
WORKFLOWS = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
CRON = "\n".join(re.findall(r"```cron\n(.*?)```", PAGE, re.DOTALL))


def steps():
    return [
        step for workflow in WORKFLOWS for job in workflow["jobs"].values() for step in job["steps"]
    ]


def commands(text):
    """The arguments of each detcov command of a shell script."""
    found = re.findall(r"(?:^|&& |\* 1\s+)detcov (.*?)(?: >| \|\||$)", text, re.MULTILINE)
    return [shlex.split(one.replace("\\%", "%")) for one in found]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """The scripted history as CI checks it out: HEAD and the base's remote branch."""
    made, shas = story(tmp_path / "repo")
    made.git.checkout("refs/heads/main", strategy=pygit2.enums.CheckoutStrategy.FORCE)
    made.git.references.create("refs/remotes/origin/main", pygit2.Oid(hex=shas[10]))
    monkeypatch.chdir(made.path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


def run(arguments, place):
    known = {"$BASE": "origin/main", "$(date -u +%F)": "2026-05-18"}
    filled = [known.get(one, one).replace("/srv", f"{place}/srv") for one in arguments]
    return cli._run(filled)


def test_every_command_of_the_workflows_and_of_cron_runs(checkout, capsys):
    scripts = [step["run"] for step in steps() if "run" in step]
    found = [one for text in (*scripts, CRON) for one in commands(text)]
    codes = {" ".join(one[:2]): run(one, checkout) for one in found}
    capsys.readouterr()
    assert codes == {
        "weekly rules": 0,
        "pr rules": 0,
        "check rules": 0,
        "report rules": 1,  # 1 % is under 60 %, and T1552.007 is lost
        "snapshot rules": 0,
        "weekly --snapshots": 0,  # the first one: a report of where the rules stand
    }
    assert (checkout / "repo" / "weekly" / "weekly.md").is_file()


def test_workflows_see_the_whole_history_and_may_do_no_more_than_they_need():
    for workflow in WORKFLOWS:
        assert workflow["permissions"]["contents"] == "read"
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout")]
    of_rules = [step["with"] for step in checkouts if "repository" not in step["with"]]
    assert of_rules == [{"fetch-depth": 0, "persist-credentials": False}] * 2


def test_the_tool_is_installed_from_a_checkout_at_a_commit():
    """Its name isn't registered: whoever registers it would run in the job."""
    for workflow in WORKFLOWS:
        of_job = next(job["steps"] for job in workflow["jobs"].values() if len(job["steps"]) > 1)
        (tool,) = [step["with"] for step in of_job if "repository" in step.get("with", {})]
        assert re.fullmatch("[0-9a-f]{40}", tool["ref"])
        assert tool["persist-credentials"] is False
        installed = [step["run"] for step in of_job if "pip install" in step.get("run", "")]
        assert installed == [f"pip install ./{tool['path']}"]


def test_no_page_installs_by_a_name_that_is_not_registered():
    root = Path(__file__).parents[1]
    for page in (root / "README.md", *root.glob("docs/**/*.md")):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"(?:pip|pipx|uv|uvx)[\w ]* detcov\b", text), page


def test_nothing_from_a_pull_request_is_pasted_into_a_shell():
    assert not [step for step in steps() if "${{" in step.get("run", "")]
