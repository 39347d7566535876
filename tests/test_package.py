"""The package as others meet it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import detcov

ROOT = Path(__file__).resolve().parent.parent


def run(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_source_root_does_not_shadow_coverage_py():
    found = run("import coverage; print(coverage.Coverage.__name__)", ROOT)

    assert (found.stdout, found.stderr) == ("Coverage\n", "")


@pytest.mark.parametrize("name", detcov.__all__)
def test_public_names_are_there_and_documented(name):
    assert getattr(detcov, name).__doc__
    assert name in dir(detcov)


def test_what_type_checkers_see_is_what_there_is():
    """The names stand twice in the module: with their modules, and as imports for mypy."""
    tree = ast.parse(Path(detcov.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname: node.module for node in block.body for alias in node.names}
    assert seen == detcov._HOMES


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        detcov.nothing_of_ours  # noqa: B018 - the access is the test


def test_import_is_lazy(tmp_path):
    code = "import sys, detcov; print([n for n in sys.modules if n.startswith('detcov.')])"

    assert run(code, tmp_path).stdout == "[]\n"


def test_works_from_another_folder(tmp_path):
    code = "import detcov; print(len(detcov.load_release('19.0').active))"

    assert run(code, tmp_path).stdout == "697\n"
