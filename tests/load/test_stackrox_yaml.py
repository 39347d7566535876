"""StackRox policies as code: what is read of resources made here, and of any text."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from detcov.load.corpus import read_corpus
from detcov.model import Defect, Place, Role
from detcov.source import FolderSource
from formats import check_any, corpus_of, odd_texts, rules_of, states, wrong_places

FOLDER = Path(__file__).parents[1] / "corpus" / "stackrox-yaml"
POLICIES = (FOLDER / "good" / "policies.yaml").read_text()


def test_policies_among_other_resources():
    miner, image = rules_of("policies.yaml", POLICIES)

    assert str(miner.key) == "made:stackrox-yaml:coin-miner"
    assert (miner.name, miner.severity, miner.paired) == ("Coin miner started", "critical", True)
    assert (miner.tags, miner.place) == (("Cryptocurrency Mining",), Place(line=6, exact=False))
    assert [(one.role, one.tactic_id, one.technique_id, one.entry) for one in miner.mappings] == [
        (Role.CLAIM, "TA0040", "T1496", 0),
        (Role.CLAIM, "TA0040", "T1496.001", 0),
        (Role.TACTIC, "TA0002", None, 1),
    ]
    assert (miner.column.value, miner.column.field) == ("runtime", "lifecycleStages RUNTIME")
    assert (image.name, image.severity, image.column.value) == ("old-image", "low", "control plane")
    assert states(image)["kind"] == "posture (lifecycleStages)"
    assert [(one.tactic_id, one.technique_id) for one in image.mappings] == [(None, "T1525")]
    assert image.defects == (
        Defect(kind="not-text", subject="7", place=Place(line=36, exact=False)),
    )
    files = {"policies.yaml": POLICIES}
    # Two techniques with their tactic, a tactic that counts twice, a technique alone.
    assert wrong_places(corpus_of(files), files) == ([], 2 + 2 + 2 + 1)


def test_what_others_call_a_security_policy_is_none():
    corpus = read_corpus([FolderSource(label="good", root=FOLDER / "good")])

    assert {rule.path for rule in corpus.rules} == {"policies.yaml"}
    assert (corpus.failures, corpus.ignored) == ((), 1)


def test_each_bad_file_is_one_line_with_its_place():
    corpus = read_corpus([FolderSource(label="bad", root=FOLDER / "bad")])

    assert corpus.rules == ()
    assert [str(failure) for failure in corpus.failures] == [
        "latin1.yaml:2:27: not UTF-8: byte 0xe9",
        "object.yaml:3:20: not YAML that is read: the tag !!python/object/apply:os.system",
        "unclosed.yaml:5:1: not YAML: did not find expected ',' or '}'",
    ]


@given(st.one_of(st.text(), odd_texts(POLICIES)))
def test_any_text_gives_rules_or_a_failure(text):
    check_any({"a.yaml": text})
