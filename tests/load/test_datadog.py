"""Datadog agent rules: what is read of a policy made here, of any text, and of Datadog's own."""

import re
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import FolderSource
from formats import (
    archive,
    check_any,
    corpus_of,
    kinds,
    odd_json,
    odd_texts,
    real_corpus,
    rules_of,
    states,
    wrong_places,
)

FOLDER = Path(__file__).parents[1] / "corpus" / "datadog"
POLICY = (FOLDER / "good" / "default.policy").read_text()
REAL = "datadog-cws-policy-20260709"


def test_one_of_each_is_a_pair_and_the_technique_a_carrier():
    rule, *_ = rules_of("default.policy", POLICY)

    assert str(rule.key) == "made:datadog:shell_in_container"
    assert (rule.paired, rule.place.line, rule.tags[0]) == (True, 7, "policy:threat-detection")
    assert [
        (one.role, one.tactic_id, one.tactic_name, one.technique_id, one.technique_name)
        for one in rule.mappings
    ] == [
        (Role.CARRIER, "TA0002", "execution", "T1059", "command-and-scripting-interpreter"),
        (Role.CLAIM, "TA0002", "execution", "T1059.004", "unix-shell"),
    ]
    assert rule.mappings[1].parent_id == "T1059"
    assert [(one.value, one.field) for one in rule.platforms] == [
        ("Containers", 'expression process.container.id != ""'),
        ("Linux", 'filters os == "linux"'),
    ]
    assert rule.column.value == "runtime"


def test_several_stand_side_by_side():
    _, module, registry, session = rules_of("default.policy", POLICY)

    assert not module.paired
    assert [(one.role, one.tactic_id, one.technique_id) for one in module.mappings] == [
        (Role.TACTIC, "TA0003", None),
        (Role.TACTIC, "TA0005", None),
        (Role.CLAIM, None, "T1547"),
        (Role.CLAIM, None, "T1014"),
    ]
    assert (module.column.value, module.platform_names) == ("node", {"Linux"}), "a variable is none"
    assert not registry.paired, "a sub-technique without its technique isn't one of each"
    assert (registry.column.value, registry.platform_names) == ("other", {"Windows"})
    assert (session.column.value, session.mappings) == ("runtime", ())
    assert [(one.kind, one.subject) for one in session.defects] == [("not-text", "3")]


def test_states():
    shell, module, registry, session = rules_of("default.policy", POLICY)

    assert states(shell) == {
        "lifecycle": "stable",
        "emits": "alert",
        "kind": "detection",
        "enabled": "unstated",
    }
    assert states(module)["lifecycle"] == "deprecated (tags.deprecated)"
    assert states(registry)["enabled"] == "no (disabled)"
    assert states(session)["emits"] == "none (silent)"


def test_each_place_holds_its_value():
    wrong, exact = wrong_places(corpus_of({"a.policy": POLICY}), {"a.policy": POLICY})

    # A pair: id, slug, and both of its tactic; a tactic apart counts its id twice.
    assert (wrong, exact) == ([], 2 * 4 + (2 * 3 + 1 + 2) + (3 + 2))


def test_bad_files():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert [str(failure) for failure in corpus.failures] == [
        "object.yaml:4:19: not YAML that is read: the tag !!python/object:os.system",
        "tab.policy:3:1: not YAML: a tab, where only spaces may stand",
    ]
    assert (corpus.rules, corpus.ignored) == ((), 2), "alerts of Prometheus and polkit's are quiet"


@given(st.one_of(st.text(), odd_texts(POLICY), odd_json(yaml.safe_load(POLICY))))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.policy": text})


def _tags():
    (policy,) = (data for path, data in archive(REAL).items() if path.endswith(".policy"))
    for rule in yaml.safe_load(policy)["rules"]:
        tags = " ".join(rule.get("product_tags", []))
        ids = re.findall(r"\b(tactic|technique|subtechnique):(TA?[\d.]+)-", tags)
        yield rule, [[one for kind, one in ids if kind == wanted] for wanted in _KEYS]


_KEYS = ("tactic", "technique", "subtechnique")


def test_datadogs_own_policy():
    """Each count is made from PyYAML's tree, without detcov."""
    tags = dict(enumerate(_tags()))
    corpus = real_corpus(REAL)

    assert not corpus.failures
    assert len(corpus.rules) == len(tags) == 319
    assert kinds(corpus) == (308, 0, 11), "as the survey counted"
    ids = {one.technique_id for rule in corpus.rules for one in rule.mappings} - {None}
    assert ids == {one for _, (_, *both) in tags.values() for each in both for one in each}
    assert len(ids) == 89
    for rule, (tree, (tactics, techniques, below)) in zip(corpus.rules, tags.values(), strict=True):
        assert rule.key.native_id == tree["id"]
        assert rule.paired is (len(tactics) == len(techniques) == 1)
        by_role = {role: [] for role in Role}
        for one in rule.mappings:
            by_role[one.role].append(one.technique_id or one.tactic_id)
        assert sorted(by_role[Role.CLAIM] + by_role[Role.CARRIER]) == sorted(techniques + below)
        assert set(by_role[Role.CARRIER]) == {one[:5] for one in below}
        assert by_role[Role.TACTIC] == ([] if rule.paired else tactics)
        inside = re.sub(r"\$\{[^}]*\}", "", tree["expression"])
        in_container = re.search(r'container\.(id ?!= ?""|created_at|tags)|k8s_username', inside)
        windows = 'os == "windows"' in str(tree["filters"])
        expected = "runtime" if in_container else "other" if windows else "node"
        assert rule.column.value == expected
        deprecated = str(tree.get("tags", {}).get("deprecated")).lower() == "true"
        assert rule.state.live is (not deprecated and not tree.get("silent"))


def test_every_place_in_datadogs_own_policy():
    wrong, exact = wrong_places(real_corpus(REAL), archive(REAL))

    assert wrong == []
    assert exact == sum(
        3 if one.role is Role.TACTIC else 4 if rule.paired else 2
        for rule in real_corpus(REAL).rules
        for one in rule.mappings
    )
