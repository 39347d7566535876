"""What the documentation shows works as it stands there."""

import re
from pathlib import Path

import click
import pytest

from detcov.api import read_facts, read_rules, study_of
from detcov.cli import COMMANDS, cli
from detcov.config import KEYS
from detcov.facts import FactKind

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/api.md", "docs/facts.md"])
def test_python_examples_run(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    examples = blocks((ROOT / page).read_text(encoding="utf-8"), "python")

    assert examples
    for example in examples:
        scope = {}
        exec(compile(example, page, "exec"), scope)
        assert scope["study"].corpus.rules
        assert len(scope["frame"]) == len(scope["study"].coverage.cells)


def test_the_example_of_facts_is_right_and_no_rule():
    example = ROOT / "rules/facts.example.csv"
    facts = read_facts(example, date="2026-05-05")
    study = study_of(read_rules(ROOT / "rules"), facts=facts)

    page = (ROOT / "docs/facts.md").read_text(encoding="utf-8")
    assert blocks(page, "csv") == [example.read_text(encoding="utf-8")]
    assert facts.failures == study.corpus.failures == ()
    assert {fact.kind for fact in facts.facts} == set(FactKind)
    assert study.stages.unmatched == ()
    assert [fact.technique for fact in study.stages.expired] == ["T1069"]
    assert not any(rule.path.endswith(".csv") for rule in study.corpus.rules)


def test_readme_begins_with_the_two_commands():
    first, second = blocks(README, "sh")[:2]

    assert first.splitlines()[-1].endswith("detcov report rules --out reports")
    assert second == ".ci/test\n"


def test_readme_shows_commands_that_exist():
    shown = re.findall(r"^detcov (\S+)", "".join(blocks(README, "sh")), re.MULTILINE)

    assert set(shown) <= set(COMMANDS)
    for name in COMMANDS:
        assert f"detcov {name}" in README, f"README says nothing of detcov {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text)

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_config_page_lists_every_key():
    listed = re.findall(r"^\| `([\w.-]+)` \|", (ROOT / "docs/config.md").read_text(), re.MULTILINE)

    assert sorted(set(listed)) == sorted(KEYS)


def commands(group, context):
    """Every command, those of groups too, with its context."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
        elif not command.hidden:
            yield command, inner


def test_every_command_and_option_is_explained():
    found = list(commands(cli, click.Context(cli, info_name="detcov")))
    assert [context.command_path for command, context in found if not command.help] == []
    options = [
        (context.command_path, option)
        for command, context in found
        for option in command.params
        if isinstance(option, click.Option)
    ]
    assert len(options) > 100
    assert [(path, option.name) for path, option in options if not option.help] == []


@pytest.mark.parametrize(
    ("command", "without"),
    [
        ("check", {"--platform"}),
        ("kubernetes", {"--platform", "--date", "--facts"}),
        ("compare", {"--date", "--facts"}),
        ("threat", {"--date", "--facts"}),
        ("suggest", {"--date", "--facts"}),
        ("diff", {"--date", "--facts"}),
        ("snapshot", {"--count", "--known", "--literal", "--platform"}),
    ],
)
def test_what_would_do_nothing_is_not_offered(command, without):
    context = click.Context(cli)
    offered = {name for one in cli.get_command(context, command).params for name in one.opts}
    assert offered & without == set()


def test_a_commands_own_options_stand_first():
    context = click.Context(cli.get_command(click.Context(cli), "gaps"), terminal_width=80)
    own, shared = context.get_help().split("Rules, release and cache:\n")
    assert "--tactic" in own
    assert "--help" in own
    assert "--attack VERSION|PATH" in shared
    assert "[SOURCE]..." not in shared
