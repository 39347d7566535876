"""What the documentation shows works as it stands there."""

import re
import shlex
import shutil
from functools import cache
from inspect import Parameter, isfunction, signature
from itertools import pairwise
from pathlib import Path

import click
import pygit2
import pytest
from markdown_it import MarkdownIt

import detcov
from detcov.api import read_facts, read_rules, study_of
from detcov.cli import COMMANDS, cli
from detcov.cli import _run as main
from detcov.config import KEYS, read_config
from detcov.facts import FactKind
from made_git import MadeRepository

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "rules/README.md"])


@pytest.fixture
def newest_is_19(monkeypatch):
    """Examples that name no release are of 19.0, whatever is bundled beside it."""
    monkeypatch.setattr("detcov.api.default_release", lambda: detcov.load_release("19.0"))


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("newest_is_19")
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


@pytest.mark.usefixtures("newest_is_19")
def test_python_examples_of_gaps_run(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (example,) = blocks((ROOT / "docs/gaps.md").read_text(encoding="utf-8"), "python")
    scope = {}
    exec(compile(example, "docs/gaps.md", "exec"), scope)

    assert capsys.readouterr().out.startswith("T")
    assert scope["page"].startswith(b"<!doctype html>")


@pytest.mark.parametrize("page", ["docs/heatmap.md", "docs/pictures.md"])
def test_python_examples_on_a_study_run(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = study_of(read_rules("rules"), detcov.load_release("19.0"))
    given = {
        "study": study,
        "threats": detcov.load_threats(study.release),
        "layer": detcov.render_layer(study),
    }

    examples = blocks((ROOT / page).read_text(encoding="utf-8"), "python")
    assert examples
    for example in examples:
        scope = dict(given)
        exec(compile(example, page, "exec"), scope)
        assert scope.keys() > given.keys()


def test_the_example_of_facts_is_right_and_no_rule():
    example = ROOT / "rules/facts.example.csv"
    facts = read_facts(example, date="2026-05-05")
    study = study_of(read_rules(ROOT / "rules"), detcov.load_release("19.0"), facts=facts)

    page = (ROOT / "docs/facts.md").read_text(encoding="utf-8")
    assert blocks(page, "csv") == [example.read_text(encoding="utf-8")]
    assert facts.failures == study.corpus.failures == ()
    assert {fact.kind for fact in facts.facts} == set(FactKind)
    assert study.stages.unmatched == ()
    assert [fact.technique for fact in study.stages.expired] == ["T1069"]
    assert not any(rule.path.endswith(".csv") for rule in study.corpus.rules)


@pytest.mark.parametrize("page", ["docs/config.md", "docs/gaps.md"])
def test_settings_shown_are_settings(page, tmp_path):
    shown = blocks((ROOT / page).read_text(encoding="utf-8"), "toml")

    assert shown
    for block in shown:
        name = "pyproject.toml" if block.startswith("[tool.detcov]") else "detcov.toml"
        (tmp_path / name).write_text(block, encoding="utf-8")
        assert read_config(tmp_path / name)


@pytest.mark.parametrize(
    ("page", "language", "techniques"),
    [
        ("table.md", "csv", [{"T1059.004", "T1609"}, {"T1552.007"}]),
        ("table-yaml.md", "yaml", [{"T1059.004", "T1609"}]),
    ],
)
def test_tables_shown_are_tables(page, language, techniques, tmp_path):
    (shown,) = blocks((ROOT / "docs/formats" / page).read_text(encoding="utf-8"), language)
    (tmp_path / f"rules.{language}").write_text(shown, encoding="utf-8")
    corpus = read_rules(tmp_path)

    assert corpus.failures == ()
    assert [{one.technique_id for one in rule.mappings} for rule in corpus.rules] == techniques


def test_facts_shown_in_yaml_are_facts(tmp_path):
    (shown,) = blocks((ROOT / "docs/facts.md").read_text(encoding="utf-8"), "yaml")
    (tmp_path / "facts.yaml").write_text(shown, encoding="utf-8")
    facts = read_facts(tmp_path / "facts.yaml")

    assert facts.failures == ()
    assert [fact.kind for fact in facts.facts] == [FactKind.DEPLOYED, FactKind.WAIVED]


def test_readme_begins_with_the_two_commands():
    first, second = blocks(README, "sh")[:2]

    assert first.splitlines()[-1].endswith("detcov report rules --out out")
    assert second == ".ci/test\n"


TRACKED = ("README.md", ".gitignore", "rules", "reports")
"""What the lines read, and what they could overwrite"""


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A copy of the repository with two commits, of which the newer changes a rule."""
    made = MadeRepository(tmp_path / "clone")
    for name in TRACKED:
        source, target = ROOT / name, made.path / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy(source, target)
    files = [path for path in made.path.rglob("*") if path.is_file() and ".git" not in path.parts]
    made.files = {path.relative_to(made.path).as_posix(): path.read_bytes() for path in files}
    newest = made.files.pop("rules/container/impact_cryptocurrency_miner.toml")
    made.commit("2026-05-01")
    made.files["rules/container/impact_cryptocurrency_miner.toml"] = newest
    made.commit("2026-05-04")
    made.git.reset(made.git.head.target, pygit2.enums.ResetMode.HARD)
    monkeypatch.chdir(made.path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return made


def test_every_line_of_the_readme_runs_in_a_fresh_clone_and_changes_nothing(clone, capsys):
    lines = re.findall(r"^(?:\.venv/bin/)?detcov .*", "".join(blocks(README, "sh")), re.MULTILINE)
    codes = {}
    for line in lines:
        _, *arguments = shlex.split(line, comments=True)
        codes[line] = main(arguments)
        capsys.readouterr()

    assert len(lines) > 20
    assert {line: code for line, code in codes.items() if code} == {}
    changed = clone.git.status(untracked_files="all")
    assert [path for path in changed if not path.startswith("out/")] == []


def test_readme_shows_commands_that_exist():
    shown = re.findall(r"^detcov (\S+)", "".join(blocks(README, "sh")), re.MULTILINE)

    assert set(shown) <= set(COMMANDS)
    for name in COMMANDS:
        assert f"detcov {name}" in README, f"README says nothing of detcov {name}"


def inline(page):
    """The inline parts of a page, each with the kind of block it stands in."""
    tokens = MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8"))
    for before, token in pairwise(tokens):
        for child in token.children or ():
            yield before.type, token, child


def links(page):
    for _, _, child in inline(page):
        link = child.attrGet("href") or child.attrGet("src")
        if link is not None and not re.match(r"https?:", link):
            place, _, anchor = link.partition("#")
            yield link, (page.parent / place).resolve() if place else page, anchor


@cache
def anchors(page):
    """What GitHub makes of a page's headings."""
    texts = {token.content for kind, token, _ in inline(page) if kind == "heading_open"}
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def leads_nowhere(place, anchor):
    return not place.exists() or (anchor and anchor not in anchors(place))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    assert [link for link, place, anchor in links(page) if leads_nowhere(place, anchor)] == []


def test_every_page_is_linked_from_readme_or_the_list_of_formats():
    indexes = [ROOT / "README.md", ROOT / "docs/formats/README.md"]
    listed = {place for page in indexes for _, place, _ in links(page)}

    assert set(ROOT.glob("docs/**/*.md")) - listed == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_mark_is_named_in_full_first(page):
    """ATT&CK is MITRE's trademark."""
    texts = (child.content for _, _, child in inline(page) if child.type == "text")
    first = re.search(r".{0,6}ATT&CK.?", " ".join(texts))

    assert first is None or first[0] == "MITRE ATT&CK®"


KINDS = {str: "string", bool: "boolean", int: "integer", list: "list"}


def test_config_page_lists_every_key_with_its_type_and_the_commands_that_have_it():
    context = click.Context(cli)
    offered = {
        name: {option.name for option in cli.get_command(context, name).params}
        for name in COMMANDS
        if name not in {"lint-layer", "attack"}
    }
    page = (ROOT / "docs/config.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| ([^|]*) \|", page, re.MULTILINE)

    assert {key: kind for key, kind, _ in rows} == {key: KINDS[kind] for key, kind in KEYS.items()}
    for key, _, said in rows:
        named = set(said.removeprefix("all but ").split(", ")) - {"all"}
        having = {name for name, options in offered.items() if key.replace("-", "_") in options}
        assert having == (offered.keys() - named if said.startswith("all") else named), key


def call(function):
    """A function's arguments, as the page writes them."""
    kinds = [(one.name, one.kind) for one in signature(function).parameters.values()]
    texts = [f"*{name}" if kind is Parameter.VAR_POSITIONAL else name for name, kind in kinds]
    named = [n for n, (_, kind) in enumerate(kinds) if kind is Parameter.KEYWORD_ONLY]
    if named and not any(text.startswith("*") for text in texts):
        texts.insert(named[0], "*")
    return ", ".join(texts)


def test_api_page_tells_every_public_name_and_its_arguments():
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)\(([^`]*)\)` \|", page, re.MULTILINE))
    functions = {
        name: getattr(detcov, name) for name in detcov.__all__ if isfunction(getattr(detcov, name))
    }

    assert [name for name in detcov.__all__ if f"`{name}" not in page] == []
    assert told.pop("to_frame") == ""
    assert told == {name: call(function) for name, function in functions.items()}


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
