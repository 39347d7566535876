"""Made-up groups, software and a campaign that use the techniques of made.py's release 10.0."""

from detcov.attack.threats import Actor, GoneActor, Threats

WOLF = Actor(id="G0001", name="Grey Wolf", kind="group", aliases=("Lobo",))
FOX = Actor(id="G0002", name="Fox <b>\x1b[31m", kind="group")
IDLE = Actor(id="G0003", name="Idle", kind="group")
FANG = Actor(id="S0001", name="Fang", kind="software", platforms=("Containers", "Linux"))
RAID = Actor(id="C0001", name="Night Raid", kind="campaign", of_version="9.0")

THREATS = Threats(
    actors={one.id: one for one in (RAID, WOLF, FOX, IDLE, FANG)},
    uses={
        "C0001": ("T1008",),
        "G0001": ("T1001", "T1002", "T1040", "T1050"),
        "G0002": ("T1001", "T1001.001", "T1004", "T1021"),
        "S0001": ("T1018", "T1050"),
    },
    software={"G0001": ("S0001",)},
    gone={"G0008": GoneActor(id="G0008", name="Old Wolf", kind="group", successor="G0001")},
)
