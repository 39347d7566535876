"""`detcov attack`: which ATT&CK releases are at hand, what they say, and how to get others."""

from collections.abc import Iterable
from pathlib import Path

import click

from detcov.attack.domains import DOMAINS
from detcov.attack.store import (
    bundled_releases,
    default_release,
    downloaded_versions,
    load_detections,
    load_release,
    load_threats,
    releases_dir,
)
from detcov.cli import attack_diff, attack_text
from detcov.cli.given import FILE, FOLDER
from detcov.cli.run import default_cache_dir
from detcov.report.clean import clean, inert
from detcov.source import printable

_cache_option = click.option("--cache-dir", type=FOLDER, help="Cache folder [default: the user's].")


@click.group()
def attack() -> None:
    """List, show, compare, pack and download releases of MITRE ATT&CK®."""


attack.add_command(attack_diff.diff)


@attack.command("list", short_help="Which releases are at hand, and published.")
@_cache_option
def list_releases(cache_dir: Path | None) -> None:
    """Say which releases are at hand, and which MITRE has published."""
    folder = cache_dir or default_cache_dir()
    downloaded = [
        (domain, version) for domain in DOMAINS for version in downloaded_versions(folder, domain)
    ]
    _print(attack_text.listing(bundled_releases(), downloaded))


@attack.command(short_help="What a release knows of an id or a name.")
@click.argument("attack_id", metavar="[ID|NAME]", required=False)
@click.option(
    "--attack",
    "spec",
    metavar="VERSION|PATH",
    help="The release to look into: 18.1, or a file [default: the newest bundled].",
)
@click.option("--attack-version", metavar="VERSION", help="Of a file that doesn't tell its own.")
@_cache_option
def show(
    attack_id: str | None, spec: str | None, attack_version: str | None, cache_dir: Path | None
) -> None:
    """Say what a release knows of a technique, tactic, group, campaign or software.

    It is named by its id or its name; without either, the tactics are listed.
    """
    folder = cache_dir or default_cache_dir()
    if spec is None:
        release = default_release()
    else:
        release = load_release(spec, cache_dir=folder, version=attack_version)
    others = [
        other
        for other in bundled_releases()
        if release.version not in {None, other.version} and other.domain == release.domain
    ]
    if attack_id is None:
        return _print(attack_text.tactics_lines(release))
    asked = attack_id.strip().upper()
    threats = load_threats(release, cache_dir=folder)
    if not any(asked in ids for ids in (release.tactic_by_id, release.techniques, threats.actors)):
        asked = attack_text.id_of(attack_id, release, threats)
    if asked in release.tactic_by_id:
        return _print(attack_text.tactic_lines(release.tactic_by_id[asked], release, others))
    if asked in release.techniques:
        detections = load_detections(release, cache_dir=folder)
        technique = release.techniques[asked]
        return _print(attack_text.technique_lines(technique, release, others, threats, detections))
    return _print(attack_text.actor_lines(threats.actors[asked], release, threats))


@attack.command(short_help="Cut a STIX bundle down to its facts.")
@click.argument("bundle", type=FILE)
@click.option("-o", "--out", type=FOLDER, required=True, help="Folder to write into.")
@click.option(
    "--borrow",
    "older",
    type=FILE,
    help="An earlier release's bundle: parts that BUNDLE has none of are taken from it, labelled.",
)
@click.option("--origin", default="", help="What BUNDLE was put together from, if not by MITRE.")
def pack(bundle: Path, out: Path, older: Path | None, origin: str) -> None:
    """Cut a STIX BUNDLE down to its facts: a small STIX 2.1 bundle and detcov's index of it."""
    from detcov.attack.indexed import read_file
    from detcov.attack.pack import make_pack, write_pack

    made = make_pack(
        read_file(bundle),
        name=bundle.name,
        origin=origin,
        older=None if older is None else (read_file(older), older.name),
    )
    given = [bundle] if older is None else [bundle, older]
    written = write_pack(made, out, inputs=given)
    _print(f"{printable(str(path))} ({path.stat().st_size:,} bytes)" for path in written)


@attack.command(short_help="Fetch a published release, and check it.")
@click.argument("version")
@click.option(
    "--domain",
    type=click.Choice([domain.removesuffix("-attack") for domain in DOMAINS]),
    default="enterprise",
    show_default=True,
    help="Domain of the release.",
)
@click.option("--base-url", metavar="URL", help="A mirror [default: MITRE's attack-stix-data].")
@click.option("--to", "folder", type=FOLDER, help="Folder to store it in, instead of the cache.")
@_cache_option
def download(
    version: str, domain: str, base_url: str | None, folder: Path | None, cache_dir: Path | None
) -> None:
    """Fetch a published release, checked against its official SHA-256."""
    from detcov.attack import download as downloads

    release = downloads.find_published(version.removeprefix("v"), f"{domain}-attack")
    target = releases_dir(cache_dir or default_cache_dir()) if folder is None else folder
    path = downloads.download(release, target, base_url=base_url or downloads.BASE_URL)
    name = release.version if domain == "enterprise" else f"{domain}-{release.version}"
    stored = printable(str(path))
    _print(
        [f"{stored}: SHA-256 as published", f"use it with --attack {stored if folder else name}"]
    )


@attack.command(hidden=True)
@click.argument("bundles", nargs=-1, type=FILE)
@click.option("-o", "--out", type=FOLDER, required=True, help="Folder to write into.")
def lists(bundles: tuple[Path, ...], out: Path) -> None:
    """Make the lists of published releases and of the techniques of other domains anew."""
    from detcov.attack import foreign, published
    from detcov.report.write import write

    releases = tuple(load_release(str(path), cache_dir=None) for path in bundles)
    write(out / published.LIST_FILE.name, published.encode_list(published.from_release_info()))
    write(out / foreign.LIST_FILE.name, foreign.encode_list(releases))


def _print(lines: Iterable[str]) -> None:
    # Names come from bundles, which anyone can make.
    for line in lines:
        click.echo(inert(clean(line)))
