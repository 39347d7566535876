"""Fetches a published release, and keeps it only if it is the file MITRE published."""

import contextlib
import hashlib
import os
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPMessage, HTTPResponse, IncompleteRead
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import IO, Final

from detcov.attack.domains import version_key
from detcov.attack.published import PublishedRelease, from_release_info, published_releases
from detcov.attack.stix import SIZE_LIMIT
from detcov.errors import DownloadError, OutputError, UnknownReleaseError, UsageError

BASE_URL: Final = "https://raw.githubusercontent.com/mitre-attack/attack-stix-data/master"
"""MITRE's STIX 2.1 files; a mirror has the same paths below its own address."""

TIMEOUT: Final = 30.0
"""Seconds that connecting, and every read, may take."""
LONGEST: Final = 1800.0
"""Seconds that it may take in all: every byte of a slow server is a read in time."""

_CHUNK = 1 << 16
_LONGEST_REASON = 200


def find_published(version: str, domain: str) -> PublishedRelease:
    """Find a published release with a STIX 2.1 file.

    Looks into detcov's own list, then into the installed mitreattack-python, which may be newer.
    Raises UnknownReleaseError, naming the newest ones.
    """
    for known in (published_releases, from_release_info):
        for item in known():
            if (item.domain, item.version) == (domain, version) and item.stix21:
                return item
    versions = [item.version for item in published_releases() if item.domain == domain]
    newest = ", ".join(sorted(versions, key=version_key)[-5:])
    raise UnknownReleaseError(
        f'no published release "{version}" of {domain} with a known hash (the newest: {newest})'
    )


def download(release: PublishedRelease, folder: Path, *, base_url: str = BASE_URL) -> Path:
    """Fetch a release's STIX 2.1 file into a folder; give its path.

    A file that is there already with the right hash isn't fetched again. Nothing is left behind
    unless its SHA-256 is the official one.
    Raises UsageError for an address that isn't http or https, DownloadError when the file can't
    be fetched or isn't the published one, OutputError when it can't be stored.
    """
    name = f"{release.domain}-{release.version}.json"
    path = folder / name
    if not _is_web_address(base_url):
        raise UsageError(f"{base_url}: not an http or https address")
    if _is_official(path, release):
        return path
    url = f"{base_url.rstrip('/')}/{release.domain}/{name}"
    temporary = folder / f".{name}.{os.urandom(6).hex()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            found = _Fetch(url, stream).result()
        if found != release.stix21:
            raise DownloadError(
                f"{url}: not the published file (SHA-256 {found}, should be {release.stix21}); "
                "nothing was kept"
            )
        temporary.replace(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise OutputError(f"{folder}: is no folder") from error
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


def _is_web_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_official(path: Path, release: PublishedRelease) -> bool:
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == release.stix21
    except OSError:
        return False


class _Fetch(threading.Thread):
    """A fetch that may be left: neither names nor the head of an answer can be given a time."""

    def __init__(self, url: str, stream: IO[bytes]) -> None:
        super().__init__(name="detcov-download", daemon=True)
        self._url = url
        self._stream = stream
        self._found = ""
        self._error: BaseException | None = None

    def run(self) -> None:
        """Fetch; what fails is kept for `result`."""
        try:
            self._found = _fetch(self._url, self._stream)
        except BaseException as error:
            self._error = error

    def result(self) -> str:
        """The SHA-256 of what was fetched. Raises what failed, DownloadError when it's too slow.

        A fetch that is left ends with its next read, for the stream is closed by then.
        """
        self.start()
        self.join(LONGEST)
        if self.is_alive():
            raise DownloadError(
                f"{self._url}: not all there after {LONGEST / 60:.3g} minutes; fetch the file "
                "otherwise, and give its path to --attack"
            )
        if self._error is not None:
            raise self._error
        return self._found


def _fetch(url: str, stream: IO[bytes]) -> str:
    """Copy what an address gives into a stream; give its SHA-256. Raises DownloadError."""
    digest = hashlib.sha256()
    size = 0
    with _reached(url) as response:
        while chunk := _next_chunk(response, url):
            size += len(chunk)
            if size > SIZE_LIMIT:
                raise DownloadError(f"{url}: larger than {SIZE_LIMIT // 2**20} MB")
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def _reached(url: str) -> HTTPResponse:
    try:
        opener = urllib.request.build_opener(_Redirects(url))
        response: HTTPResponse = opener.open(url, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadError(f"{url}: HTTP {error.code} {_short(error.reason)}") from error
    except urllib.error.URLError as error:
        raise DownloadError(f"{url}: {_short(error.reason)}") from error
    except (HTTPException, OSError, ValueError) as error:
        # ValueError: an address that can't be asked for, the server's redirection among them.
        raise DownloadError(f"{url}: {_short(str(error) or type(error).__name__)}") from error
    return response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to https only, and to no private address.

    Where the address that the user gave is this machine's own, so may the next one be.
    """

    def __init__(self, url: str) -> None:
        given = _addresses(urllib.parse.urlsplit(url))
        self._from_here = bool(given) and all(one.is_loopback for one in given)

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """As urllib does it. Raises DownloadError for an address that isn't followed."""
        if (reason := self.refused(newurl)) is not None:
            fp.close()
            raise DownloadError(f"{req.full_url}: leads to {_short(newurl)}, {reason}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def refused(self, url: str) -> str | None:
        """Say why an address isn't followed; None where it is."""
        parts = urllib.parse.urlsplit(url)
        found = _addresses(parts)
        if self._from_here and found and all(one.is_loopback for one in found):
            return None
        if parts.scheme != "https":
            return "which is not https"
        if not all(one.is_global for one in found):
            return "which is a private address"
        return None


def _addresses(parts: urllib.parse.SplitResult) -> list[IPv4Address | IPv6Address]:
    """Return the addresses of an URL's host; none where only a proxy, or nobody, knows them."""
    host = parts.hostname or ""
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return []
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


def _short(reason: object) -> str:
    """A reason in one line: some of them are what the server sent, up to 64 KB."""
    text = " ".join(str(reason).split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


def _next_chunk(response: HTTPResponse, url: str) -> bytes:
    try:
        chunk = response.read1(_CHUNK)  # what is there: a whole chunk may be long in coming
        if not chunk and response.length:
            raise IncompleteRead(b"", response.length)
    except (HTTPException, OSError) as error:
        raise DownloadError(f"{url}: broke off: {str(error) or type(error).__name__}") from error
    return chunk
