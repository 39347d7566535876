import functools
import hashlib
import http.server
import json
import os
import threading

import platformdirs
import pytest
from click.testing import CliRunner

import real
from attack.made_bundle import COLLECTION, MATRIX, bundle, reference, related, technique
from detcov.attack import published
from detcov.cli.attack import attack
from detcov.errors import BundleError, UnknownReleaseError, UsageError


@pytest.fixture(autouse=True)
def cache_dir(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_args, **_options: folder)
    return folder


def run(*arguments) -> str:
    result = CliRunner().invoke(attack, [str(item) for item in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    assert max(len(line) for line in result.output.splitlines()) <= 80 or "pack" in arguments
    return result.output


@pytest.fixture
def two_bundled(monkeypatch):
    """The releases to compare with are 18.1 and 19.0, whatever is bundled beside them."""
    monkeypatch.setattr("detcov.cli.attack.bundled_releases", real.releases)


@pytest.mark.usefixtures("two_bundled")
def test_list():
    lines = run("list").splitlines()
    assert lines[:5] == [
        "MITRE ATT&CK® releases at hand",
        "  18.1 bundled    691 techniques, 14 tactics, 887 cells",
        "  19.0 bundled    697 techniques, 15 tactics, 872 cells, the default; 20.0 is",
        "                  out",
        "",
    ]
    assert "Published" in lines[5]
    assert [line.split()[0] for line in lines[6:] if not line.startswith("   ")] == [
        "Enterprise",
        "ICS",
        "Mobile",
    ]


SHOWN = {
    "T1610": """\
T1610 Deploy Container
  release         ATT&CK Enterprise 19.0 (bundled; 20.0 is out)
  status          active
  tactics         Execution (TA0002)
  platforms       Containers
  used by         1 group, 3 software
  detection       DET0249, 1 analytic: Containers
  18.1 → 19.0     tactics execution, defense-evasion → execution
  page            https://attack.mitre.org/techniques/T1610
""",
    "T1562.001": """\
T1562.001 Disable or Modify Tools
  release         ATT&CK Enterprise 19.0 (bundled; 20.0 is out)
  status          revoked by T1685 Disable or Modify Tools
  tactics         Stealth (TA0005)
  platforms       Containers, IaaS, Linux, Network Devices, Windows, macOS
  parent          T1562 Impair Defenses
  18.1 → 19.0     revoked by T1685
  page            https://attack.mitre.org/techniques/T1562/001
""",
    "TA0005": """\
TA0005 Stealth
  release         ATT&CK Enterprise 19.0 (bundled; 20.0 is out)
  shortname       stealth
  column          7 of 15
  techniques      148: 30 parents, 118 sub-techniques
  in 18.1         Defense Evasion (defense-evasion)
  page            https://attack.mitre.org/tactics/TA0005
""",
    "TA0112": """\
TA0112 Defense Impairment
  release         ATT&CK Enterprise 19.0 (bundled; 20.0 is out)
  shortname       defense-impairment
  column          8 of 15
  techniques      56: 18 parents, 38 sub-techniques
  in 18.1         none of this id
  page            https://attack.mitre.org/tactics/TA0112
""",
}


@pytest.mark.usefixtures("two_bundled")
@pytest.mark.parametrize("key", SHOWN)
def test_show(key):
    assert run("show", key, "--attack", "19.0") == SHOWN[key]
    assert run("show", f" {key.lower()} ", "--attack", "19.0") == SHOWN[key]


def test_show_a_group():
    lines = run("show", "G0139", "--attack", "19.0").splitlines()
    assert lines[:3] == [
        "G0139 TeamTNT (group)",
        "  release         ATT&CK Enterprise 19.0 (bundled; 20.0 is out)",
        "  note            aliases of 18.1: 19.0's own data has none",
    ]
    assert any(line.startswith("  uses            56 techniques: T1007, ") for line in lines)


def test_show_of_another_release():
    output = run("show", "T1562.001", "--attack", "18.1")
    assert "ATT&CK Enterprise 18.1 (bundled; 20.0 is out)" in output
    assert "status          active" in output
    assert "18.1 → 19.0     revoked by T1685" in output


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("T1417", "it is Input Capture of ATT&CK Mobile 17.1"),
        ("TA0106", "it is Impair Process Control of ATT&CK ICS 18.1"),
        ("T9999", "T9999 is no technique, tactic, group, campaign or software of ATT&CK"),
        ("Deploy Conteiner", "19.0; did you mean Deploy Container \\(T1610\\)"),
        ("stelth", "19.0; did you mean Stealth \\(TA0005\\)"),
        ("Teamtmt", "19.0; did you mean TeamTNT \\(G0139\\)"),
        ("'; rm", "is no technique"),
    ],
)
def test_show_what_is_not_there(key, message):
    with pytest.raises(UsageError, match=message):
        run("show", key, "--attack", "19.0")


@pytest.fixture
def bundle_file(tmp_path):
    path = tmp_path / "own.json"
    path.write_bytes(
        bundle(
            *MATRIX,
            technique("T1001", "access", name="\x1b[31mred\x07"),
            technique("T1001.001", "access", revoked=True),
        )
    )
    return path


def test_show_from_a_file_with_a_version_given(bundle_file, cache_dir):
    shown = run("show", "T1001.001", "--attack", bundle_file, "--attack-version", "17.0")
    assert "ATT&CK Enterprise 17.0 (own.json; 20.0 is out)" in shown
    assert "status          revoked, no successor named" in shown
    assert len(list((cache_dir / "attack").iterdir())) == 3
    assert "of unknown version (own.json)" in run("show", "T1001", "--attack", bundle_file)


def test_no_name_reaches_the_terminal_raw(bundle_file):
    shown = run("show", "T1001", "--attack", bundle_file)
    assert shown.splitlines()[0] == r"T1001 \x1b[31mred\x07"


def test_errors_are_left_to_the_caller(tmp_path):
    with pytest.raises(UnknownReleaseError):
        run("show", "T1001", "--attack", "1.0")
    with pytest.raises(BundleError):
        run("show", "T1001", "--attack", tmp_path / "missing.json")
    with pytest.raises(UnknownReleaseError):
        run("download", "99.0")


def test_pack(tmp_path):
    full = tmp_path / "full.json"
    full.write_bytes(bundle(COLLECTION, *MATRIX, technique("T1001", "access")))
    older = tmp_path / "older.json"
    older.write_bytes(
        bundle(
            {**COLLECTION, "x_mitre_version": "41.0"},
            *MATRIX,
            technique("T1001", "access"),
            {
                "type": "campaign",
                "id": "campaign--1",
                "name": "Op",
                "external_references": reference("C0001"),
            },
            related("uses", "campaign--1", "attack-pattern--T1001"),
        )
    )
    out = tmp_path / "out"
    output = run("pack", full, "-o", out, "--borrow", older, "--origin", "somewhere")
    assert [line.split(" ")[0] for line in output.splitlines()] == [
        str(out / name)
        for name in (
            "enterprise-attack-42.1.json.gz",
            "enterprise-attack-42.1.release.msgpack",
            "enterprise-attack-42.1.threats.msgpack",
            "enterprise-attack-42.1.detections.msgpack",
            "NOTICE",
        )
    ]
    pack = out / "enterprise-attack-42.1.json.gz"
    shown = run("show", "C0001", "--attack", pack)
    assert "note            all of it of 41.0: 42.1's own data has none" in shown
    assert "uses            1 technique: T1001" in shown
    assert "used by         1 campaign" in run("show", "T1001", "--attack", pack)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("way", [["pipe"], ["own.json", "--borrow", "pipe"]])
def test_what_is_no_file_is_not_packed(tmp_path, bundle_file, monkeypatch, way):
    monkeypatch.chdir(bundle_file.parent)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BundleError, match=r"^pipe: not a file$"):
        run("pack", *way, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror with one small release, known under its hash, and its address."""
    data = bundle({**COLLECTION, "x_mitre_version": "41.0"}, *MATRIX, technique("T1001"))
    folder = tmp_path / "web" / "enterprise-attack"
    folder.mkdir(parents=True)
    (folder / "enterprise-attack-41.0.json").write_bytes(data)
    known = published.PublishedRelease(
        domain="enterprise-attack",
        version="41.0",
        stix21=hashlib.sha256(data).hexdigest(),
    )
    monkeypatch.setattr("detcov.attack.download.published_releases", lambda: (known,))
    handler = functools.partial(QuietHandler, directory=str(tmp_path / "web"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_download_into_the_cache(mirror, cache_dir):
    output = CliRunner().invoke(
        attack, ["download", "v41.0", "--base-url", mirror], catch_exceptions=False
    )
    path = cache_dir / "attack" / "releases" / "enterprise-attack-41.0.json"
    assert output.stdout.splitlines() == [
        f"{path}: SHA-256 as published",
        "use it with --attack 41.0",
    ]
    assert "T1001 Technique T1001" in run("show", "T1001", "--attack", "41")
    assert "  41.0 downloaded Enterprise" in run("list")


def test_download_elsewhere(mirror, tmp_path):
    folder = tmp_path / "to"
    result = CliRunner().invoke(
        attack,
        ["download", "41.0", "--base-url", mirror, "--to", str(folder)],
        catch_exceptions=False,
    )
    path = folder / "enterprise-attack-41.0.json"
    assert result.stdout.splitlines()[1] == f"use it with --attack {path}"
    assert json.loads(path.read_bytes())["type"] == "bundle"


def test_lists_are_made_as_committed(tmp_path, bundle_file):
    (tmp_path / "lists").mkdir()
    CliRunner().invoke(
        attack, ["lists", str(bundle_file), "-o", str(tmp_path / "lists")], catch_exceptions=False
    )
    known = json.loads((tmp_path / "lists" / "foreign.json").read_text("utf-8"))
    assert [list(item["techniques"]) for item in known] == [["T1001", "T1001.001"]]
    anew = json.loads((tmp_path / "lists" / "published.json").read_text("utf-8"))
    assert {"enterprise-attack", "ics-attack", "mobile-attack"} == {item["domain"] for item in anew}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Deploy Container", "T1610 Deploy Container"),
        ("deploy  container", "T1610 Deploy Container"),
        ("Defense Impairment", "TA0112 Defense Impairment"),
        ("defense-impairment", "TA0112 Defense Impairment"),
        ("teamtnt", "G0139 TeamTNT (group)"),
        ("t1610", "T1610 Deploy Container"),
    ],
)
def test_show_knows_names(name, first):
    assert run("show", name, "--attack", "19.0").splitlines()[0] == first


def test_a_name_that_two_have_names_both():
    with pytest.raises(UsageError, match=r"'Local Account' is the name of T1087.001, T1136.001"):
        run("show", "Local Account", "--attack", "19.0")


def test_show_alone_lists_the_tactics():
    title, *tactics, hint = run("show", "--attack", "18.1").splitlines()
    assert title.startswith("Tactics of ATT&CK Enterprise 18.1 (bundled")
    assert len(tactics) == 14
    assert tactics[6].split() == ["TA0005", "Defense", "Evasion,", "215", "techniques"]
    assert hint == "detcov attack show ID says more of one, or of a technique or a group."
