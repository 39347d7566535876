import sys

import pytest
from jinja2 import Environment, FileSystemLoader

from detcov.report.compiled import Compiled


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "page.j2").write_text("Hello {{ who }}")
    return tmp_path


def rendered(folder, *, who="you", autoescape=False):
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        bytecode_cache=Compiled(folder),
    )
    return environment.get_template("page.j2").render(who=who)


def kept(folder):
    return sorted((folder / "__pycache__").glob("*"))


def test_compiled_code_is_kept_and_taken(folder, monkeypatch):
    assert rendered(folder) == "Hello you"
    (file,) = kept(folder)
    assert file.suffix == ".pyc"
    monkeypatch.setattr(Environment, "_parse", None)  # compiling again would need it
    assert rendered(folder, who="me") == "Hello me"


def test_a_changed_template_is_compiled_anew(folder):
    rendered(folder)
    (folder / "page.j2").write_text("Goodbye {{ who }}")
    assert rendered(folder) == "Goodbye you"
    assert len(kept(folder)) == 1


def test_other_options_compile_anew(folder):
    assert rendered(folder, who="<b>") == "Hello <b>"
    assert rendered(folder, who="<b>", autoescape=True) == "Hello &lt;b&gt;"


@pytest.mark.parametrize("length", [0, 3, 22, 40, 150])
def test_a_damaged_file_is_as_none(folder, length):
    rendered(folder)
    (file,) = kept(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    assert rendered(folder) == "Hello you"
    assert file.read_bytes() == whole


def test_bytes_of_another_kind_are_as_none(folder):
    rendered(folder)
    (file,) = kept(folder)
    file.write_bytes(file.read_bytes()[:22] + b"cnobody\nnothing\n.")
    assert rendered(folder) == "Hello you"


def test_where_nothing_may_be_written_nothing_is(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(folder) == "Hello you"
    assert kept(folder) == []


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(folder):
    (folder / "__pycache__").write_text("in the way")
    assert rendered(folder) == "Hello you"
    assert rendered(folder) == "Hello you"
