import pytest

from detcov.attack.actors import find_actors, replaced
from detcov.attack.store import load_release, load_threats
from detcov.attack.threats import Actor, GoneActor, Threats
from detcov.errors import UsageError

WOLF = Actor(id="G0001", name="Grey Wolf", kind="group", aliases=("Hound", "Lobo"))
HOUND = Actor(id="G0002", name="Hound", kind="group", aliases=("Pack",))
FOX = Actor(id="G0003", name="Fox", kind="group", aliases=("Pack", "Rot"))
TOOL = Actor(id="S0001", name="Fang", kind="software", aliases=("Rot",))
RAID = Actor(id="C0001", name="Night Raid", kind="campaign")
GONE = (
    GoneActor(id="G0008", name="Old Wolf", kind="group", successor="G0001"),
    GoneActor(id="G0009", name="Nobody", kind="group"),
    GoneActor(id="S0009", name="Hound", kind="software", successor="S0001"),
)
THREATS = Threats(
    actors={one.id: one for one in (RAID, WOLF, HOUND, FOX, TOOL)},
    uses={},
    gone={one.id: one for one in GONE},
)


@pytest.mark.parametrize(
    ("texts", "kind", "found"),
    [
        ([], None, ()),
        (["G0001"], None, (WOLF,)),
        (["g0001"], "group", (WOLF,)),
        (["grey wolf"], "group", (WOLF,)),
        (["LOBO"], "group", (WOLF,)),
        # A name beats an alias of another.
        (["hound"], "group", (HOUND,)),
        # Lists, blanks, the same twice by two names; in the order asked.
        ([" Fox , lobo,", "G0001,,hound"], "group", (FOX, WOLF, HOUND)),
        (["Night Raid", "Fang", "Fox"], None, (RAID, TOOL, FOX)),
        # The alias of another kind is out of sight.
        (["rot"], "software", (TOOL,)),
        (["rot"], "group", (FOX,)),
        # A revoked one stands for its successor, by its id and by its name.
        (["G0008"], "group", (WOLF,)),
        (["old wolf", "G0001"], "group", (WOLF,)),
        (["S0009"], "software", (TOOL,)),
    ],
)
def test_found(texts, kind, found):
    assert find_actors(THREATS, texts, kind) == found


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("pack", "group", "'pack' is the name of several: G0002 Hound, G0003 Fox; give the id"),
        ("rot", None, "'rot' is the name of several: G0003 Fox, S0001 Fang; give the id"),
        ("Gray Wolf", "group", "no group 'Gray Wolf'; did you mean Grey Wolf (G0001)?"),
        ("Houn", "group", "no group 'Houn'; did you mean Hound (G0002)?"),
        ("lobos", "group", "no group 'lobos'; did you mean Lobo, which is Grey Wolf (G0001)?"),
        ("zzzz", "group", "no group 'zzzz'"),
        ("zzzz", None, "no group, campaign or software 'zzzz'"),
        ("fang", "group", "no group 'fang'; Fang (S0001) is of kind software"),
        ("G0009", None, "G0009 Nobody is revoked or deprecated, and has no successor"),
        ("nobody", "group", "G0009 Nobody is revoked or deprecated, and has no successor"),
        ("S0009", "group", "no group 'S0009'; did you mean"),
        ("\x1b[31mGrey Wolf\n", "group", "no group '\\x1b[31mGrey Wolf'; did you mean Grey Wolf"),
    ],
)
def test_not_found(text, kind, message):
    with pytest.raises(UsageError) as raised:
        find_actors(THREATS, [text], kind)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_what_was_replaced_is_told():
    assert replaced(THREATS, ["G0001, old wolf", "hound"], "group") == [
        "G0008 Old Wolf was revoked; Grey Wolf (G0001) stands for it."
    ]


@pytest.mark.parametrize("version", ["18.1", "19.0"])
def test_a_real_release(version):
    threats = load_threats(load_release(version))
    found = find_actors(threats, ["TeamTNT,rocke", "APT34", "G0118"], "group")
    assert [one.id for one in found] == ["G0139", "G0106", "G0049", "G0016"]
    assert replaced(threats, ["APT34", "G0118"], "group") == [
        "G0118 UNC2452 was revoked; APT29 (G0016) stands for it."
    ]
    with pytest.raises(UsageError, match=r"^no group 'Team TNT'; did you mean TeamTNT \(G0139\)"):
        find_actors(threats, ["Team TNT"], "group")
