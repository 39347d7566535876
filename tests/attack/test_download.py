import contextlib
import errno
import functools
import http.server
import os
import threading

import pytest

from detcov.attack import download as downloads
from detcov.attack.download import download, find_published
from detcov.attack.published import PublishedRelease
from detcov.attack.store import load_release, releases_dir
from detcov.errors import DownloadError, OutputError, UnknownReleaseError, UsageError

HELLO = PublishedRelease(
    domain="ics-attack",
    version="1.0",
    # printf hello | sha256sum
    stix21="2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
)


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass

    def do_GET(self):
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/").partition("!")[0])
            self.end_headers()
        elif self.path.startswith("/short/"):
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"hel")
        elif self.path.startswith("/chatty/"):
            self.send_response(500, "x" * 60_000)
            self.end_headers()
        elif self.path.startswith(("/drip/", "/drip-head/")):
            self.send_response(200)
            if self.path.startswith("/drip/"):
                self.send_header("Content-Length", "100000")
                self.end_headers()
            else:
                self.flush_headers()
                self.wfile.write(b"X-Slow: ")
            with contextlib.suppress(OSError):  # nobody waits any more
                while not self.server.released.wait(0.02):
                    self.wfile.write(b"x")
        elif self.path.startswith("/silent/"):
            self.server.released.wait(10)
        else:
            super().do_GET()


@pytest.fixture
def web(tmp_path):
    """A folder served on this machine, and its address."""
    root = tmp_path / "web"
    (root / "ics-attack").mkdir(parents=True)
    handler = functools.partial(Handler, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hello(web):
    root, address = web
    (root / "ics-attack" / "ics-attack-1.0.json").write_bytes(b"hello")
    return address


def test_the_official_file_is_kept_and_found_again(web, shared_attack, tmp_path):
    root, address = web
    official = (shared_attack / "ics-attack-18.1.json").read_bytes()
    (root / "ics-attack" / "ics-attack-18.1.json").write_bytes(official)
    cache_dir = tmp_path / "cache"
    path = download(find_published("18.1", "ics-attack"), releases_dir(cache_dir), base_url=address)
    assert path.read_bytes() == official
    assert [item.name for item in path.parent.iterdir()] == ["ics-attack-18.1.json"]
    release = load_release("ics-18.1", cache_dir=cache_dir)
    assert (release.title, release.origin) == ("ATT&CK ICS 18.1", "downloaded")


def test_a_changed_copy_is_refused_and_nothing_left(web, shared_attack, tmp_path):
    root, address = web
    official = (shared_attack / "ics-attack-18.1.json").read_bytes()
    changed = official.replace(b"T0803", b"T0804", 1)
    assert len(changed) == len(official)
    (root / "ics-attack" / "ics-attack-18.1.json").write_bytes(changed)
    with pytest.raises(DownloadError, match="not the published file") as caught:
        download(find_published("18.1", "ics-attack"), tmp_path / "to", base_url=address)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "to").iterdir()) == []


def test_a_wrong_file_never_replaces_what_was_there(hello, web, tmp_path):
    (web[0] / "ics-attack" / "ics-attack-1.0.json").write_bytes(b"other")
    path = tmp_path / "ics-attack-1.0.json"
    path.write_bytes(b"mine")
    with pytest.raises(DownloadError):
        download(HELLO, tmp_path, base_url=hello)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("prefix", ["", "/", "/moved"])
def test_mirrors_and_redirects(hello, tmp_path, prefix):
    path = download(HELLO, tmp_path / "to", base_url=hello + prefix)
    assert path.read_bytes() == b"hello"


def test_what_is_there_already_is_not_fetched_again(hello, tmp_path):
    path = download(HELLO, tmp_path, base_url=hello)
    assert download(HELLO, tmp_path, base_url="http://127.0.0.1:9") == path
    path.write_bytes(b"damaged")
    assert download(HELLO, tmp_path, base_url=hello).read_bytes() == b"hello"


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("/nowhere", "HTTP 404"),
        ("/short", "broke off: IncompleteRead"),
        ("/chatty", "HTTP 500 x+…"),
        ("/é", "can't encode"),
    ],
)
def test_failures_leave_nothing(hello, tmp_path, prefix, message):
    with pytest.raises(DownloadError, match=message) as caught:
        download(HELLO, tmp_path / "to", base_url=hello + prefix)
    assert len(str(caught.value)) < 400
    assert list((tmp_path / "to").iterdir()) == []


def test_a_server_that_says_nothing_times_out(hello, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    with pytest.raises(DownloadError, match="timed out"):
        download(HELLO, tmp_path / "to", base_url=hello + "/silent")
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize("prefix", ["/drip", "/drip-head"])
def test_a_server_that_drips_is_left(hello, tmp_path, monkeypatch, prefix):
    monkeypatch.setattr(downloads, "TIMEOUT", 5)
    monkeypatch.setattr(downloads, "LONGEST", 0.3)
    with pytest.raises(DownloadError, match=r"not all there after 0\.005 minutes; fetch the file"):
        download(HELLO, tmp_path / "to", base_url=hello + prefix)
    assert list((tmp_path / "to").iterdir()) == []


def test_a_fetch_that_was_left_ends(hello, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "LONGEST", 0.1)
    with pytest.raises(DownloadError):
        download(HELLO, tmp_path / "to", base_url=hello + "/drip")
    for one in threading.enumerate():
        if one.name == "detcov-download":
            one.join(5)
            assert not one.is_alive()


def test_a_full_disk_is_told(hello, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "_fetch", full)
    with pytest.raises(OutputError, match=r"ics-attack-1\.0\.json: No space left on device"):
        download(HELLO, tmp_path, base_url=hello)
    assert list(tmp_path.glob("*.json")) == []


def test_an_endless_file_is_cut_off(hello, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "SIZE_LIMIT", 4)
    with pytest.raises(DownloadError, match="larger than"):
        download(HELLO, tmp_path / "to", base_url=hello)
    assert list((tmp_path / "to").iterdir()) == []


def test_nobody_there(tmp_path):
    with pytest.raises(DownloadError, match=r"^http://127\.0\.0\.1:9/ics-attack/"):
        download(HELLO, tmp_path, base_url="http://127.0.0.1:9")


@pytest.mark.parametrize("address", ["file:///etc", "ftp://x", "mirror", "http://", "http://[", ""])
def test_only_web_addresses(address, tmp_path):
    with pytest.raises(UsageError, match="not an http or https address"):
        download(HELLO, tmp_path, base_url=address)


def test_a_folder_that_cannot_be_written(hello, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(OutputError, match=r"file: is no folder$"):
        download(HELLO, in_the_way, base_url=hello)
    (tmp_path / "to" / "ics-attack-1.0.json").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"ics-attack-1.0.json: Is a directory$"):
        download(HELLO, tmp_path / "to", base_url=hello)
    assert [one.name for one in (tmp_path / "to").iterdir()] == ["ics-attack-1.0.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_its_place_is_replaced(hello, tmp_path):
    os.mkfifo(tmp_path / "ics-attack-1.0.json")
    assert download(HELLO, tmp_path, base_url=hello).read_bytes() == b"hello"


@pytest.mark.parametrize("version", ["99.0", "../../x", "7.0"])
def test_unknown_versions(version):
    with pytest.raises(UnknownReleaseError, match=r"the newest: .*20\.0"):
        find_published(version, "ics-attack")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://192.0.2.1/x", "which is not https"),
        ("http://example.invalid/x", "which is not https"),
        ("https://10.0.0.1/x", "which is a private address"),
        ("https://169.254.169.254/x", "which is a private address"),
        ("https://[fd00::1]/x", "which is a private address"),
        ("https://0.0.0.0/x", "which is a private address"),
    ],
)
def test_a_server_leads_to_https_and_public_addresses_only(hello, tmp_path, target, reason):
    with pytest.raises(DownloadError) as caught:
        download(HELLO, tmp_path / "to", base_url=f"{hello}/to/{target}!")
    assert f": leads to {target}, {reason}" in str(caught.value)
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize(
    ("base", "target", "reason"),
    [
        ("http://127.0.0.1:8000/a", "http://[::1]:9000/b", None),
        ("http://127.0.0.1:8000/a", "http://inside.test/b", "which is not https"),
        ("http://127.0.0.1:8000/a", "https://public.test/b", None),
        ("https://public.test/a", "https://public.test/b", None),
        ("https://public.test/a", "https://127.0.0.1/b", "which is a private address"),
        ("https://public.test/a", "https://inside.test/b", "which is a private address"),
        ("https://public.test/a", "https://both.test/b", "which is a private address"),
        ("https://inside.test/a", "http://inside.test/b", "which is not https"),
    ],
)
def test_a_name_is_what_it_leads_to(monkeypatch, base, target, reason):
    names = {
        "public.test": ["8.8.8.8"],
        "inside.test": ["10.0.0.7"],
        "both.test": ["8.8.8.8", "fe80::1%eth0"],
    }
    monkeypatch.setattr(
        downloads.socket,
        "getaddrinfo",
        lambda host, _port: [(None, None, None, "", (one, 0)) for one in names[host]],
    )
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert downloads._Redirects(base).refused(target) == reason
