"""Places in rules that hypothesis writes: every layout, misleading values, repeated ids."""

from hypothesis import event, given

from detcov.load.corpus import read_corpus
from detcov.model import Role
from detcov.source import Document, blob_id
from load.made_toml import documents


class OneText:
    label = "t"

    def __init__(self, text):
        self._data = text.encode()

    def documents(self, _suffixes):
        data = self._data
        yield Document(label="t", path="a.toml", key=blob_id(data), read=lambda: data)


def ids_of(made):
    for tactic, techniques in made:
        if not techniques:
            yield Role.TACTIC, tactic["id"], None
        for technique, children in techniques:
            yield Role.CARRIER if children else Role.CLAIM, tactic["id"], technique["id"]
            for child in children:
                yield Role.CLAIM, tactic["id"], child["id"]


@given(documents())
def test_each_place_holds_the_right_id(document):
    text, made, escaped = document
    corpus = read_corpus([OneText(text)])
    assert corpus.failures == ()
    mappings = corpus.rules[0].mappings
    assert [(one.role, one.tactic_id, one.technique_id) for one in mappings] == list(ids_of(made))

    spans = {}
    for one in mappings:
        value = one.technique_id or one.tactic_id
        assert one.place.exact or value in escaped
        if one.place.exact:
            before = text[: one.place.start]
            assert text[one.place.start : one.place.end] == value
            assert one.place.line == before.count("\n") + 1
            assert one.place.column == one.place.start - (before.rfind("\n") + 1) + 1
            spans[one.place.start, one.place.end] = one
    event("exact" if len(spans) == len(mappings) else "some by line")

    # With its id's place overwritten, the mapping says something else, and no other one does.
    marked = text
    for start, end in sorted(spans, reverse=True):
        marked = f"{marked[:start]}@{start}@{marked[end:]}"
    after = read_corpus([OneText(marked)]).rules[0].mappings
    for one, changed in zip(mappings, after, strict=True):
        expected = f"@{one.place.start}@" if one.place.exact else one.technique_id or one.tactic_id
        assert (changed.technique_id or changed.tactic_id) == expected
