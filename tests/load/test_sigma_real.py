"""Sigma's own rules, and others', against counts made with PyYAML alone."""

import re

import yaml

from detcov.load.corpus import read_corpus
from detcov.model import Role
from real import Files, archive_files, sigma_files, sigma_rules


def test_sigmas_own_rules():
    """Files by what they state, and distinct ids: counted with PyYAML alone."""
    counts, ids, stated = {}, set(), {}
    for path, data in sigma_files().items():
        if path.endswith(".yml"):
            documents = [one for one in yaml.load_all(data, yaml.CSafeLoader) if one]
            tags = [tag for one in documents for tag in one.get("tags") or ()]
            found = [tag for tag in tags if re.match(r"attack\.t\d", tag)]
            tactics = [tag for tag in tags if re.match(r"attack\.[a-z_-]+$", tag)]
            ids.update(found)
            stated[path] = set(found)
            kind = "technique" if found else "tactic" if tactics else "none"
            counts[kind] = counts.get(kind, 0) + 1
    corpus = sigma_rules()
    told = {}
    for rule in corpus.rules:
        told.setdefault(rule.path, set()).update(
            f"attack.{one.technique_id.lower()}" for one in rule.mappings if one.role is Role.CLAIM
        )

    assert counts == {"technique": 3501, "tactic": 480, "none": 5}
    assert told == stated
    assert len(ids) == 406
    assert (len(corpus.rules), corpus.failures, corpus.ignored) == (3988, (), 2)


def test_every_place_in_sigmas_own_rules_is_exact_and_right():
    texts = {path: data.decode() for path, data in sigma_files().items()}
    for rule in sigma_rules().rules:
        text = texts[rule.path]
        for one in rule.mappings:
            place = one.place
            assert place.exact, rule.path
            stated = one.technique_id or one.tactic_name or one.tactic_id
            assert text[place.start : place.end].lower() == stated.lower()
            assert text[: place.start].endswith("attack."), rule.path
            line = text.split("\n")[place.line - 1]
            assert line[place.column - 1 :].lower().startswith(stated.lower())


def test_rules_without_ids_stay_apart():
    """mdecrevoisier's: 365 rules, one with an id, in 352 files of which one has a tab."""
    files = archive_files("mdecrevoisier-sigma-20250115")
    corpus = read_corpus([Files(label="s", files=files)])
    documents = [
        one
        for path, data in files.items()
        if path.endswith(".yaml") and "file transfered" not in path
        for one in yaml.load_all(data, yaml.CSafeLoader)
    ]

    assert len(documents) == len(corpus.rules) == len(set(corpus.canonical)) == 365
    without = sum(not one.get("id") for one in documents)
    assert sum("#" in rule.key.native_id for rule in corpus.rules) == without == 364
    assert [failure.path for failure in corpus.failures] == [
        "windows-os/win-os-dump file transfered over SMB share.yaml"
    ]
