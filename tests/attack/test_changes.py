import json

import pytest

from detcov.attack.changes import Changes, TacticChange, changes
from detcov.attack.release import Release, Tactic, Technique
from detcov.attack.store import load_release


def made(version, tactics, *techniques) -> Release:
    return Release(
        domain="enterprise-attack",
        version=version,
        tactics=tuple(
            Tactic(id=key, name=name, shortname=name.lower()) for key, name in tactics.items()
        ),
        techniques={item.id: item for item in sorted(techniques, key=lambda item: item.id)},
    )


def technique(key, *tactics, name="", platforms=("Linux",), **fields):
    return Technique(
        id=key, name=name or f"Name {key}", tactics=tactics, platforms=platforms, **fields
    )


OLD = made(
    "1.0",
    {"TA1": "Access", "TA2": "Evasion", "TA3": "Impact"},
    technique("T1", "access"),
    technique("T2", "evasion"),
    technique("T3", "evasion", "impact"),
    technique("T4", "access"),
    technique("T5", "access"),
    technique("T6", "access"),
    technique("T7", "access", deprecated=True),
    technique("T8", name="Before"),
    technique("T9", platforms=("Linux", "Windows")),
    technique("T10", revoked=True),
)
NEW = made(
    "2.0",
    {"TA1": "Access", "TA2": "Stealth", "TA4": "Damage"},
    technique("T1", "access"),
    technique("T2", "stealth"),
    technique("T3", "stealth", "damage"),
    technique("T4", revoked=True, revoked_by="T11"),
    technique("T5", revoked=True),
    technique("T6", deprecated=True),
    technique("T7", "access"),
    technique("T8", name="After"),
    technique("T9", platforms=("Linux",)),
    technique("T10", revoked=True),
    technique("T11", "access"),
)


def test_every_kind_of_change():
    assert changes(OLD, NEW) == Changes(
        older="ATT&CK Enterprise 1.0",
        newer="ATT&CK Enterprise 2.0",
        added=("T11",),
        revoked={"T4": "T11", "T5": None},
        deprecated=("T6",),
        removed=(),
        restored=("T7",),
        renamed={"T8": ("Before", "After")},
        tactics={
            "T2": TacticChange(before=("evasion",), after=("stealth",), lost=(), gained=()),
            "T3": TacticChange(
                before=("evasion", "impact"),
                after=("stealth", "damage"),
                lost=("TA3",),
                gained=("TA4",),
            ),
        },
        platforms={"T9": (("Linux", "Windows"), ("Linux",))},
        new_tactics=("TA4",),
        renamed_tactics={"TA2": ("Evasion", "Stealth")},
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("T1", ()),
        ("T2", ("tactics evasion → stealth",)),
        ("T4", ("revoked by T11",)),
        ("T5", ("revoked, no successor named",)),
        ("T6", ("deprecated",)),
        ("T7", ("active again",)),
        ("T8", ('renamed from "Before" to "After"',)),
        ("T9", ("platforms Linux, Windows → Linux",)),
        ("T10", ()),
        ("T11", ("added",)),
        ("T99", ()),
    ],
)
def test_in_words(key, said):
    assert changes(OLD, NEW).of(key) == said


def test_what_vanished_and_what_lost_all_tactics():
    newer = made("2.0", {"TA1": "Access"}, technique("T1"))
    older = made("1.0", {"TA1": "Access"}, technique("T1", "access"), technique("T2"))
    found = changes(older, newer)
    assert found.removed == ("T2",)
    assert found.of("T1") == ("tactics access → none",)
    assert found.of("T2") == ("removed",)


def test_a_release_has_not_changed_from_itself():
    found = changes(OLD, OLD)
    assert found == Changes(
        older="ATT&CK Enterprise 1.0",
        newer="ATT&CK Enterprise 1.0",
        added=(),
        revoked={},
        deprecated=(),
        removed=(),
        restored=(),
        renamed={},
        tactics={},
        platforms={},
        new_tactics=(),
        renamed_tactics={},
    )


def test_18_1_to_19_0_as_the_reference_has_it(shared_attack):
    oracle = json.loads(
        (shared_attack.parent / "oracles" / "attack_18.1_to_19.0.json").read_text("utf-8")
    )
    found = changes(load_release("18.1", cache_dir=None), load_release("19.0", cache_dir=None))
    assert list(found.added) == oracle["added"]
    assert found.revoked == oracle["newly_revoked"]
    assert {key: list(pair) for key, pair in found.renamed.items()} == oracle["renamed"]
    assert {
        key: [sorted(item.before), sorted(item.after)] for key, item in found.tactics.items()
    } == {key: [sorted(names) for names in pair] for key, pair in oracle["tactics_changed"].items()}
    assert {key: [set(names) for names in pair] for key, pair in found.platforms.items()} == {
        key: [set(names) for names in pair] for key, pair in oracle["platforms_changed"].items()
    }
    assert (found.deprecated, found.removed, found.restored) == ((), (), ())


def test_18_1_to_19_0_by_tactic_id():
    """The design's own count: 198 changed, 126 by name alone, 41 moved, 13 lost the column."""
    found = changes(load_release("18.1", cache_dir=None), load_release("19.0", cache_dir=None))
    changed = found.tactics.values()
    assert len(changed) == 198
    assert sum(item.redefined for item in changed) == 126
    assert sum(item.gained == ("TA0112",) and item.lost == ("TA0005",) for item in changed) == 41
    assert sum(item.lost == ("TA0005",) and not item.gained for item in changed) == 13
    assert found.new_tactics == ("TA0112",)
    assert found.renamed_tactics == {"TA0005": ("Defense Evasion", "Stealth")}
