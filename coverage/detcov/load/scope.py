"""Where a rule looks, as formats share it: the clouds' cluster services, columns by platform."""

from collections.abc import Iterable

from detcov.model import ScopeColumn, Stated

# Clusters, registries and images, as the clouds' audit logs name them: parts of patterns.
AMAZON = r"(?:eks|ecr|ecr-public)\.amazonaws\.com"
AZURE = r"MICROSOFT\.(?:KUBERNETES\w*|CONTAINERSERVICE|CONTAINERREGISTRY|CONTAINERINSTANCE)(?=/)"
GOOGLE = r"(?:container|artifactregistry|k8s|gkehub)\.googleapis\.com"
GOOGLE_METHODS = r"google\.container|io\.k8s"

OTHER = Stated(value=ScopeColumn.OTHER)


def by_platforms(platforms: Iterable[Stated]) -> Stated:
    """Node for a rule that states Linux, with the field that states it; else other."""
    for platform in platforms:
        if platform.value == "Linux":
            return Stated(value=ScopeColumn.NODE, field=platform.field)
    return OTHER
