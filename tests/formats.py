"""What the tests of rule formats share: texts as a source, real archives, places, odd input."""

import copy
import json
import tarfile
from functools import cache

from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import Document, blob_id
from real import SHARED, there


class Texts:
    """A source of texts or bytes by path."""

    label = "made"

    def __init__(self, files):
        self._files = {
            path: data if isinstance(data, bytes) else data.encode()
            for path, data in sorted(files.items())
        }

    def documents(self, _suffixes):
        for path, data in self._files.items():
            yield Document(label="made", path=path, key=blob_id(data), read=lambda data=data: data)


def corpus_of(files):
    return read_corpus([Texts(files)])


def rules_of(path, text):
    """The rules of one file that has to be read without a failure."""
    corpus = corpus_of({path: text})
    assert corpus.failures == ()
    return corpus.rules


@cache
def archive(name):
    """The files of a real corpus by path, its two top folders left off."""
    with tarfile.open(there(SHARED / "corpora" / f"{name}.tar.gz")) as opened:
        return {
            member.name.partition("/")[2]: opened.extractfile(member).read()
            for member in opened
            if member.isfile()
        }


@cache
def real_corpus(name):
    return corpus_of(archive(name))


def wrong_places(corpus, files):
    """The mappings whose place doesn't hold what they state; and how many places are exact."""
    wrong, exact = [], 0
    for rule in corpus.rules:
        data = files[rule.path]
        text = data if isinstance(data, str) else data.decode()
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        for value, place in _placed(rule):
            if not place.exact:
                continue
            exact += 1
            at = starts[place.line - 1] + place.column - 1
            there = text[place.start : place.end].lower()
            # An address has a slash where the id has a dot; the case of an id is put right.
            if at != place.start or value.lower() not in {there, there.replace("/", ".")}:
                wrong.append((rule.path, value, place, text[place.start : place.end]))
    return wrong, exact


def _placed(rule):
    """Each value with its place; a technique without an id has that of what stands for it."""
    for one in rule.mappings:
        of_tactic = one.role is Role.TACTIC
        stated = one.tactic_id or one.tactic_name if of_tactic else one.technique_id
        for value, place in (
            (stated, one.place),
            (one.technique_name, one.name_place),
            (one.technique_url, one.url_place),
            (one.tactic_id, one.tactic_place),
            (one.tactic_name, one.tactic_name_place),
            (one.tactic_url, one.tactic_url_place),
        ):
            if value and place is not None:
                yield value, place


def kinds(corpus):
    """How many rules have a technique, a tactic only, and neither (DESIGN: T / t / n)."""
    stated = [{one.role for one in rule.mappings} for rule in corpus.rules]
    techniques = sum(1 for roles in stated if roles & {Role.CLAIM, Role.CARRIER})
    return techniques, sum(1 for roles in stated if roles == {Role.TACTIC}), stated.count(set())


def states(rule):
    """The four facts as "value (field)"."""
    return {
        fact: " ".join(filter(None, (one.value, f"({one.field})" if one.field else "")))
        for fact, one in (
            ("lifecycle", rule.state.lifecycle),
            ("emits", rule.state.emits),
            ("kind", rule.state.kind),
            ("enabled", rule.state.enabled),
        )
    }


def check_any(files):
    """Whatever the input, it is rules, failures or nothing, and what has a place is there."""
    corpus = corpus_of(files)
    assert len(corpus.rules) + len(corpus.failures) + corpus.ignored >= 1
    wrong, _ = wrong_places(corpus, files)
    assert wrong == []


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "T1059", "TA0002", "\u00a0", "T1059.001 ", "x" * 50, "a:b", "- #", '"', "&a"]
    ),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.just({"a": [None]})), max_size=3),
)


@st.composite
def odd_trees(draw, tree):
    """A tree with one to three of its nodes made something else."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(_paths(tree), key=repr)))
        node = tree
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = copy.deepcopy(draw(_ODD))
    return tree


def _paths(tree, path=()):
    found = [path] if path else []
    if isinstance(tree, (dict, list)):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            found += _paths(value, (*path, key))
    return found


def odd_json(tree):
    return odd_trees(tree).map(json.dumps)


@st.composite
def odd_texts(
    draw, text, pieces=("\n", "\t", '"', "'", "#", "\\", "{", "}", ":", "\u00a0", "\0", "é")
):
    """A text with parts cut out, doubled or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        new = draw(
            st.one_of(st.sampled_from(pieces), st.just(text[start:end] * 2), st.text(max_size=3))
        )
        text = text[:start] + new + text[end:]
    return text
