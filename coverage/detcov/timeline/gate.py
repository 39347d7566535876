"""Gates: thresholds of coverage, techniques that lost their last rule, findings that are new."""

from collections.abc import Callable, Hashable, Mapping
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from msgspec import Struct

from detcov.analysis.coverage import Coverage, Ratio
from detcov.errors import InputError, UsageError

METRICS: Final[Mapping[str, Callable[[Coverage], Ratio]]] = {
    "covered": lambda coverage: coverage.headline,
    "two-or-more": lambda coverage: coverage.two_or_more,
    "parents": lambda coverage: coverage.parents_with_via,
}
"""Name of a metric to its ratio"""


class Threshold(Struct, frozen=True, kw_only=True):
    """A ratio that must be reached."""

    metric: str
    percent: Decimal
    platform: str = ""
    """Only techniques and rules of this one; "" is the scope of the run"""

    @property
    def name(self) -> str:
        """As it was written."""
        return f"{self.platform}.{self.metric}" if self.platform else self.metric


def parse_threshold(text: str) -> Threshold:
    """A threshold from "covered=60" or "Containers.covered=40".

    Raises `UsageError` for a metric that isn't one of `METRICS` and for what is no percentage.
    """
    name, _, number = text.partition("=")
    platform, _, metric = name.strip().rpartition(".")
    try:
        percent = Decimal(number.strip().rstrip("%").strip())
    except InvalidOperation:
        percent = Decimal(-1)
    if metric not in METRICS or percent.is_nan() or not 0 <= percent <= 100:
        raise UsageError(
            f"{text!r}: write METRIC=PERCENT or PLATFORM.METRIC=PERCENT, where METRIC is one of "
            f"{', '.join(METRICS)}"
        )
    return Threshold(metric=metric, percent=percent, platform=platform)


def missed(threshold: Threshold, coverage: Coverage) -> str | None:
    """One line for a threshold that isn't reached; None for one that is, or where nothing counts.

    `coverage` is that of the threshold's platform.
    """
    ratio = METRICS[threshold.metric](coverage)
    if ratio.denominator == 0 or ratio.numerator * 100 >= threshold.percent * ratio.denominator:
        return None
    return (
        f"{threshold.name} is {ratio.numerator:,} of {ratio.denominator:,} "
        f"({_below(ratio, threshold.percent)}), under {threshold.percent} %"
    )


def _below(ratio: Ratio, percent: Decimal) -> str:
    """The ratio's percentage, rounded down where rounding would hide that it's under another."""
    exact = Decimal(100 * ratio.numerator) / ratio.denominator
    if round(exact) < percent:
        return ratio.percent
    return f"{exact.quantize(Decimal('0.1'), ROUND_DOWN)} %"


class _Known(Struct, frozen=True):
    code: str
    source: str
    rule_id: str
    message: str
    subject: str | None = None


class _FindingsFile(Struct, frozen=True):
    format: str
    findings: tuple[_Known, ...] = ()


def known_findings(data: bytes) -> tuple[Hashable, ...] | None:
    """The `analysis.change.identity` of each finding of a findings.json; None for another file.

    Raises `InputError` for a damaged one.
    """
    try:
        kind: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(kind, dict) or kind.get("format") != "detcov-findings":
        return None
    try:
        file = msgspec.json.decode(data, type=_FindingsFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"damaged: {error}") from error
    return tuple(
        (one.code, one.source, one.rule_id, one.subject, one.message) for one in file.findings
    )
