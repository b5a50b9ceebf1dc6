"""Sign-up cohort: members were signed up within an hour of one another more often than sign-ups of that time were."""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Bools, Finding, Floats, Groups, Ints, Population, partner_tail
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="signup_cohort",
    question="coordination",
    assumption="A pool of accounts is made in batches; its members arrive together.",
    innocent=("a course or hackathon where everyone signs up at once", "a product launch", "a firm's onboarding day"),
    references=("Xiao et al., clusters of fake accounts, AISec 2015", "US advisory AA26-251A, 8 September 2026"),
    needs=("created_time",),
)

HOUR = 3_600_000_000
LEAST_SHARE = 0.3
"""Share of members with a neighbour below which a surplus is not told, however significant: a launch day does that."""


def signup_cohort_findings(groups: Groups, people: Population) -> list[Finding]:
    """One finding per group."""
    observed, expected = neighbours(groups, people)
    sizes = groups.sizes
    p = np.where(observed >= LEAST_SHARE * sizes, partner_tail(observed, expected), 1.0)
    return [
        Finding(
            DETECTOR.name,
            f"{int(o)} of {n} accounts were signed up within an hour of another member",
            float(o),
            float(e),
            "accounts",
            float(tail),
        )
        for o, e, tail, n in zip(observed, expected, p, sizes, strict=True)
    ]


def neighbours(groups: Groups, people: Population) -> tuple[Floats, Floats]:
    """Members with another member of another unit within an hour: observed, and expected from all sign-ups then."""
    crowd = np.sort(people.created[people.created >= 0])
    around = np.searchsorted(crowd, people.created + HOUR, "right") - np.searchsorted(
        crowd, people.created - HOUR, "left"
    )
    share = np.clip((around - 1) / max(crowd.size - 1, 1), 0.0, 1.0 - 1e-9)
    observed, expected = np.zeros(groups.count), np.zeros(groups.count)
    for group in range(groups.count):
        members = groups.members(group)
        members = members[people.created[members] >= 0]
        observed[group] = _close(people.created[members], people.unit[members]).sum()
        expected[group] = -np.expm1((np.unique(people.unit[members]).size - 1) * np.log1p(-share[members])).sum()
    return observed, expected


def _close(created: Ints, unit: Ints) -> Bools:
    """Whether each sign-up has one of another unit within an hour: more within reach than of its own unit."""
    return _within_reach(created, np.zeros_like(unit)) > _within_reach(created, unit)


def _within_reach(created: Ints, label: Ints) -> Ints:
    """For each sign-up, the number of sign-ups with the same label within an hour, itself included."""
    if created.size == 0:
        return created
    since = created - created.min() + HOUR
    dense = np.unique(label, return_inverse=True)[1]
    place = dense * (since.max() + 2 * HOUR) + since  # one label after another on a single line, two hours apart
    crowd = np.sort(place)
    reach = np.searchsorted(crowd, place + HOUR, "right") - np.searchsorted(crowd, place - HOUR, "left")
    return np.asarray(reach, np.int64)
