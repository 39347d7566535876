"""M109: a reference that doesn't lead to the page of its id."""

import re
from collections.abc import Iterator

from detcov.attack.ids import tactic_url, technique_url
from detcov.check.base import Check, Issue, Subject
from detcov.model import Place, Severity

_VERSION = re.compile(r"(?<=attack\.mitre\.org)/versions/v[\d.]+/")
"""A page as a past release has it is the page"""


def _find(subject: Subject) -> Iterator[Issue]:
    releases = subject.resolver.releases
    for one in subject.techniques:
        stated, mapping = one.mapping.technique_id or "", one.mapping
        url, page = mapping.technique_url, technique_url(stated)
        if url is None or _leads_to(url, page):
            continue
        # MITRE keeps the page of a revoked or deprecated technique.
        if any(stated in release.techniques for release in releases):
            yield _issue(stated, url, page, mapping.url_place or mapping.place)
    for one in subject.tactic_entries:
        stated, mapping = one.mapping.tactic_id or "", one.mapping
        url, page = mapping.tactic_url, tactic_url(stated)
        if url is None or _leads_to(url, page):
            continue
        if any(stated in release.tactic_by_id for release in releases):
            place = mapping.tactic_url_place or mapping.tactic_place or mapping.place
            yield _issue(stated, url, page, place)


def _leads_to(url: str, page: str) -> bool:
    found = url.rstrip("/")
    return found == page or _VERSION.sub("/", found) == page


def _issue(stated: str, url: str, page: str, place: Place) -> Issue:
    message = f"the reference of {stated} is {url!r}; its page is {page}/"
    return Issue(message=message, place=place, subject=stated, fix=f"{page}/")


CHECK = Check(
    code="M109",
    name="reference-url-mismatch",
    severity=Severity.WARNING,
    summary="A reference isn't the page of its technique or tactic, which a release at hand has (a "
    "closing slash is free).",
    why="The link leads the analyst elsewhere.",
    example='id = "T1059.001", reference = "https://attack.mitre.org/techniques/T1059/"',
    fix='Write `reference = "https://attack.mitre.org/techniques/T1059/001/"`.',
    of_rule=_find,
)
