"""Every rule format: its page is current, and its state table says what its parser does."""

from importlib import import_module
from pathlib import Path

import pytest

import detcov.load
from detcov.load import PARSERS, SYNTAXES, rule_format
from detcov.load.corpus import read_corpus
from detcov.load.docs import index_page, with_made_part
from detcov.model import ScopeColumn
from detcov.source import FolderSource
from formats import rules_of

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "formats"
CORPUS = ROOT / "tests" / "corpus"
FACTS = ("lifecycle", "emits", "kind", "enabled")


def test_every_module_that_is_a_format_is_registered():
    folder = Path(detcov.load.__file__).parent
    modules = [f"detcov.load.{path.stem}" for path in folder.glob("*.py") if path.stem[0] != "_"]
    formats = {name for name in modules if hasattr(import_module(name), "FORMAT")}

    assert formats == {parser.module for parser in PARSERS.values()}
    for name, parser in PARSERS.items():
        assert rule_format(name).name == name
        assert parser.syntax in SYNTAXES


def test_the_index_is_current():
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index_page(), "run .ci/pages.py"


@pytest.mark.parametrize("name", PARSERS)
def test_the_made_part_of_a_page_is_current(name):
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")

    assert page == with_made_part(page, name), "run .ci/pages.py"
    assert page.startswith("# ")


@pytest.mark.parametrize("name", PARSERS)
def test_every_line_of_the_state_table_has_a_rule_and_the_reverse(name):
    """The files in tests/corpus/<format>/states show each state, and each place it is read from."""
    told = {(one.fact, one.value, one.field) for one in rule_format(name).about.state}
    corpus = read_corpus([FolderSource(label="s", root=CORPUS / name / "states")])
    found = {
        (fact, stated.value, _as_told(stated.field, told))
        for rule in corpus.rules
        for fact, stated in ((fact, getattr(rule.state, fact)) for fact in FACTS)
    }

    assert corpus.failures == ()
    assert {rule.key.format for rule in corpus.rules} == {name}
    assert rule_format(name).paired in {rule.paired for rule in corpus.rules}
    assert found == told


def _as_told(field, told):
    """A field as a table has it: "tag *" stands for every tag."""
    wide = (one for _, _, one in told if one.endswith("*") and field.startswith(one[:-1]))
    return next(wide, field)


@pytest.mark.parametrize("name", PARSERS)
def test_what_a_format_says_of_itself_is_whole(name):
    about = rule_format(name).about

    assert {column for column, _ in about.columns} <= set(ScopeColumn)
    assert all((about.files, about.mappings, about.key, about.severity, about.platforms))
    assert [one.fact for one in about.state] == sorted(
        (one.fact for one in about.state), key=FACTS.index
    )
    assert {one.fact for one in about.state} == set(FACTS)


@pytest.mark.parametrize("named", ["Deprecated - Old", "[Deprecated] Old", "DEPRECATED: Old"])
def test_a_state_and_the_check_agree_on_names_that_say_deprecated(named):
    """R208 and the state go by one definition; "Deprecated TLS Version" is any rule."""
    form = '[rule]\nrule_id = "a"\nname = "{}"\n'
    (old,) = rules_of("a.toml", form.format(named))
    (live,) = rules_of("a.toml", form.format("Deprecated TLS Version or Weak Cipher"))

    assert old.state.lifecycle.value == "deprecated"
    assert live.state.lifecycle.value == "stable"
