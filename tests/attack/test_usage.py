"""Who uses techniques, and how they are detected, as a bundle says."""

from attack.made_bundle import (
    MATRIX,
    bundle,
    reference,
    related,
    technique,
)
from detcov.attack.bundle import read_parts
from detcov.attack.detections import Analytic, Detections, LogSource, Strategy
from detcov.attack.threats import Actor, GoneActor, Threats


def actor(kind, attack_id, **fields):
    return {
        "type": kind,
        "id": f"{kind}--{attack_id}",
        "name": f"Name of {attack_id}",
        "external_references": reference(attack_id),
        **fields,
    }


def test_threats():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        technique("T1002"),
        technique("T1003", revoked=True),
        actor("intrusion-set", "G0002", aliases=["Name of G0002", "Zed", "Alf"]),
        actor("intrusion-set", "G0001", revoked=True),
        actor("campaign", "C0001"),
        actor("malware", "S0001", x_mitre_platforms=["Linux", "Containers"], x_mitre_aliases=["X"]),
        actor("tool", "S0002", x_mitre_deprecated=True),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1002"),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1001"),
        related("uses", "intrusion-set--G0002", "attack-pattern--T1003"),
        related("uses", "intrusion-set--G0002", "malware--S0001"),
        related("uses", "intrusion-set--G0002", "tool--S0002"),
        related("uses", "intrusion-set--G0001", "attack-pattern--T1001"),
        related("uses", "malware--S0001", "attack-pattern--T1001"),
        related("uses", "malware--S0001", "attack-pattern--T1002", revoked=True),
        related("attributed-to", "campaign--C0001", "intrusion-set--G0002"),
        related("mitigates", "malware--S0001", "attack-pattern--T1002"),
    )
    _, threats, _ = read_parts(data, name="b.json")
    group = Actor(id="G0002", name="Name of G0002", kind="group", aliases=("Alf", "Zed"))
    software = Actor(
        id="S0001",
        name="Name of S0001",
        kind="software",
        platforms=("Containers", "Linux"),
        aliases=("X",),
    )
    assert threats == Threats(
        actors={
            "C0001": Actor(id="C0001", name="Name of C0001", kind="campaign"),
            "G0002": group,
            "S0001": software,
        },
        uses={"G0002": ("T1001", "T1002"), "S0001": ("T1001",)},
        software={"G0002": ("S0001",)},
        groups={"C0001": ("G0002",)},
        gone={
            "G0001": GoneActor(id="G0001", name="Name of G0001", kind="group"),
            "S0002": GoneActor(id="S0002", name="Name of S0002", kind="software"),
        },
    )
    assert threats.users == {"T1001": (group, software), "T1002": (group,)}


def test_what_became_of_a_revoked_actor():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        *(actor("intrusion-set", f"G000{n}", revoked=True) for n in (1, 2, 3, 4, 5, 6)),
        actor("intrusion-set", "G0007"),
        # Not what the id means: an active one has it, too.
        actor("intrusion-set", "G0007", id="intrusion-set--other", revoked=True),
        actor("intrusion-set", "G0008", x_mitre_deprecated=True),
        related("revoked-by", "intrusion-set--G0001", "intrusion-set--G0002"),
        related("revoked-by", "intrusion-set--G0002", "intrusion-set--G0007"),
        related("revoked-by", "intrusion-set--G0003", "intrusion-set--G0004"),
        related("revoked-by", "intrusion-set--G0004", "intrusion-set--G0003"),
        related("revoked-by", "intrusion-set--G0005", "intrusion-set--G0099"),
        related("revoked-by", "intrusion-set--G0008", "intrusion-set--G0007"),
    )
    _, threats, _ = read_parts(data, name="b.json")
    assert {key: one.successor for key, one in threats.gone.items()} == {
        "G0001": "G0007",
        "G0002": "G0007",
        "G0003": None,
        "G0004": None,
        "G0005": None,
        "G0006": None,
        "G0008": None,
    }


def test_detections():
    data = bundle(
        *MATRIX,
        technique("T1001"),
        technique("T1002", x_mitre_deprecated=True),
        {
            **actor("x-mitre-detection-strategy", "DET0001"),
            "x_mitre_analytic_refs": [
                "x-mitre-analytic--AN0002",
                "x-mitre-analytic--AN0001",
                "x-mitre-analytic--gone",
            ],
        },
        actor("x-mitre-detection-strategy", "DET0002"),
        actor("x-mitre-detection-strategy", "DET0003"),
        actor("x-mitre-analytic", "AN0001", x_mitre_platforms=["Windows"]),
        actor(
            "x-mitre-analytic",
            "AN0002",
            x_mitre_platforms=["Linux", "Containers"],
            x_mitre_log_source_references=[
                {
                    "x_mitre_data_component_ref": "x-mitre-data-component--DC0001",
                    "name": "auditd:SYSCALL",
                    "channel": "execve",
                },
                {"x_mitre_data_component_ref": "gone", "name": "other"},
            ],
        ),
        actor("x-mitre-data-component", "DC0001"),
        related("detects", "x-mitre-detection-strategy--DET0001", "attack-pattern--T1001"),
        related("detects", "x-mitre-detection-strategy--DET0002", "attack-pattern--T1002"),
        related("detects", "x-mitre-data-component--DC0001", "attack-pattern--T1001"),
    )
    linux = Analytic(
        id="AN0002",
        platforms=("Containers", "Linux"),
        log_sources=(
            LogSource(name="auditd:SYSCALL", channel="execve", component="Name of DC0001"),
            LogSource(name="other"),
        ),
    )
    windows = Analytic(id="AN0001", platforms=("Windows",))
    *_, detections = read_parts(data, name="b.json")
    assert detections == Detections(
        strategies={
            "DET0001": Strategy(
                id="DET0001",
                name="Name of DET0001",
                techniques=("T1001",),
                analytics=(linux, windows),
            )
        },
        components={"T1001": ("Name of DC0001",)},
    )
    assert detections.analytics("T1001") == (linux, windows)
    assert detections.analytics("T1001", "Containers") == (linux,)
    assert detections.analytics("T1001", "macOS") == ()
    assert detections.analytics("T9999") == ()
    assert linux.components == ("Name of DC0001",)
