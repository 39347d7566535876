"""A Study of five rules against the hand-made ATT&CK of made.py."""

from msgspec import structs

from detcov.model import ParseFailure, Place
from detcov.study import StudyOptions, build_study
from made import (
    ENTRY,
    HIDING,
    NEW,
    OLD,
    RUNNING,
    make_corpus,
    make_mapping,
    make_rule,
    make_state,
)

RULES = (
    make_rule(
        make_mapping("T1001", RUNNING),
        native_id="0",
        name="=cmd|' /C calc'!A0",
        platforms=["Linux"],
    ),
    make_rule(
        make_mapping("T1001", RUNNING),
        make_mapping("T1001.001", RUNNING, line=20),
        native_id="1",
        name="b; @c",
        platforms=["Windows"],
    ),
    make_rule(make_mapping("T1004", HIDING), native_id="2", name="Moved\n::error::"),
    make_rule(
        make_mapping("T1002", ENTRY),
        native_id="3",
        name="Old",
        state=make_state(lifecycle="deprecated"),
    ),
    make_rule(
        structs.replace(
            make_mapping("T9999", RUNNING), place=Place(line=7, column=3, start=90, end=95)
        ),
        native_id="4",
        name="Unknown",
        state=make_state(emits="signal"),
    ),
)
CORPUS = structs.replace(
    make_corpus(*RULES),
    failures=(
        ParseFailure(
            source="ours",
            path="broken.toml",
            message="not TOML: x",
            place=Place(line=2, column=5, start=9, end=9),
        ),
        ParseFailure(source="ours", path="empty.toml", message="empty"),
    ),
    ignored=1_234,
)


def sample(**options):
    return build_study(CORPUS, NEW, known=(NEW, OLD), options=StudyOptions(**options))
