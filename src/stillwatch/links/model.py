"""What a link detector is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stillwatch.records.detector import Detector

Side = Literal["registration", "traffic"]


@dataclass(frozen=True)
class LinkDetector:
    """A kind of value that two accounts can share.

    `sql` gives one row per account and value: account index `member`, `value`, `exchanges` (null for a sign-up value),
    `first_seen`. `reliability` (0 to 1) is how often two accounts of one hand that could share a value of this kind
    are linked rightly by it, against the innocent explanations above; it scales the strength. `cap` (nats) is the most
    that the kind can add to one pair, because further values of the kind have the same cause. Only detectors with
    `proposes` bring pairs forward; the others add to pairs that something stronger proposed.
    """

    detector: Detector
    side: Side
    sql: str
    reliability: float
    cap: float
    proposes: bool = True

    @property
    def name(self) -> str:
        return self.detector.name


def registered(column: str) -> str:
    """Holdings of a value that is written in the account record."""
    return (
        f"SELECT p.member, r.{column} AS value, CAST(NULL AS BIGINT) AS exchanges, r.created_time AS first_seen "
        f"FROM registrations r JOIN population p ON p.account = r.account WHERE r.{column} IS NOT NULL"
    )


def observed(column: str) -> str:
    """Holdings of a value that is seen on exchanges."""
    return (
        f"SELECT member, {column} AS value, COUNT(*) AS exchanges, MIN(time) AS first_seen "
        f"FROM facts WHERE {column} IS NOT NULL GROUP BY member, {column}"
    )
