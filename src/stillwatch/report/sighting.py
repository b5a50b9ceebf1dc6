"""A sighting: everything that one scan says about one campaign, gathered once for the page and the explanations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.records import EVIDENCE, EXPLANATIONS, EXPOSURE, HOLDINGS, MEMBERS, OVERLAPS, SHARED, TIMELINE
from stillwatch.report.figures import number_of
from stillwatch.report.overlaps import overlaps_of
from stillwatch.report.result import ACCUSATION, Result, Row

ROLES = ("harvester", "mixed", "bystander")
MOST_OF_A_KIND = 3
QUESTIONS = ("coordination", "harvest")
# Written out, so that a page can be made without loading engine and statistics; a test compares with the detectors.
SIDES: Mapping[str, str] = {
    **dict.fromkeys(
        ("payment", "device", "signup_address", "email_domain", "signup_cohort", "company"), "registration"
    ),
    **dict.fromkeys(("wording", "address", "client", "verbatim"), "traffic"),
    **dict.fromkeys(("balance", "synchrony", "pivot"), "rhythm"),
}


@dataclass(frozen=True)
class Sighting:
    """One campaign: its row, and the rows of every other table that belong to it, in reading order."""

    row: Row
    members: Sequence[Row]
    evidence: Sequence[Row]
    explanations: Sequence[Row]
    shared: Sequence[Row]
    timeline: Sequence[Row]
    exposure: Sequence[Row]
    overlaps: Sequence[Row]
    holdings: pa.Table

    @property
    def campaign_id(self) -> str:
        return str(self.row["campaign_id"])

    @property
    def accused(self) -> bool:
        return bool(self.row["verdict"] == ACCUSATION)

    @property
    def roles(self) -> list[tuple[str, int]]:
        """How many members have each role; roles that nobody has are left out."""
        counts = Counter(str(member["role"]) for member in self.members)
        return [(role, counts[role]) for role in sorted(counts, key=_role_rank)]

    @property
    def capabilities(self) -> list[tuple[str, float]]:
        """Share of harvested exchanges by capability, largest first."""
        shares = dict(self.row["capabilities"] or [])
        return sorted(shares.items(), key=lambda item: (-(item[1] or 0), item[0]))

    def telling(self, most: int) -> list[Row]:
        """At most `most` shared values, the most telling first, and no kind crowding out the others."""
        seen: Counter[str] = Counter()
        chosen = []
        for row in self.shared:
            seen[row["detector"]] += 1
            if seen[row["detector"]] <= MOST_OF_A_KIND:
                chosen.append(row)
        return chosen[:most]

    def held_by(self, account_id: str) -> list[Row]:
        """The shared values that one account holds, strongest first."""
        rows: list[Row] = self.holdings.filter(pc.equal(self.holdings["account_id"], account_id)).to_pylist()
        return sorted(rows, key=lambda one: (-number_of(one, "strength"), one["detector"], one["value"]))

    def answers(self, question: str) -> list[Row]:
        """Evidence on one of the two questions, strongest first."""
        return [row for row in self.evidence if row["question"] == question]

    @property
    def sides(self) -> dict[str, float]:
        """log10 of the p-value of each side of coordination that was tested, the most surprising first: its smallest,
        times the number of its tests."""
        tests: dict[str, list[float]] = {}
        for row in self.answers("coordination"):
            if row["detector"] in SIDES and row["log10_p"] is not None:
                tests.setdefault(SIDES[row["detector"]], []).append(row["log10_p"])
        return dict(sorted(((s, _smallest(found)) for s, found in tests.items()), key=lambda item: (item[1], item[0])))

    @property
    def formed_by(self) -> str | None:
        """The side whose links made the group, None where the tables do not tell."""
        side: str | None = self.row["formed_by"]
        return side

    @property
    def sets_tried(self) -> int:
        """Of how many sets of accounts it is the one that is tied most clearly."""
        return int(self.row["sets_tried"] or 1)

    @property
    def asked_with(self) -> tuple[str, ...]:
        """The campaigns with which it was one group when both questions were asked."""
        return tuple(self.row["asked_with"] or ())

    @property
    def other_sides(self) -> dict[str, float]:
        """The sides that the group was not chosen for, as in `sides`; all of them where it is not known."""
        made = self.formed_by
        return {side: log10_p for side, log10_p in self.sides.items() if side != made}


def _smallest(log10_p: Sequence[float]) -> float:
    """log10 of the smallest of these p-values, corrected for their number (Bonferroni); 0 where there is none."""
    return min(0.0, min(log10_p) + math.log10(len(log10_p))) if log10_p else 0.0


def open_sighting(result: Result, row: Row) -> Sighting:
    """Gather what `result` holds on the campaign of `row`. Cost: one pass over each table."""
    campaign_id = row["campaign_id"]
    return Sighting(
        row=row,
        members=sorted(result.of_campaign(MEMBERS, campaign_id).to_pylist(), key=_member_order),
        evidence=sorted(result.of_campaign(EVIDENCE, campaign_id).to_pylist(), key=_evidence_order),
        explanations=result.of_campaign(EXPLANATIONS, campaign_id).to_pylist(),
        shared=result.of_campaign(SHARED, campaign_id).to_pylist(),
        timeline=sorted(result.of_campaign(TIMELINE, campaign_id).to_pylist(), key=lambda line: line["day"]),
        exposure=sorted(result.of_campaign(EXPOSURE, campaign_id).to_pylist(), key=_exposure_order),
        overlaps=overlaps_of(result.table(OVERLAPS), campaign_id),
        holdings=result.of_campaign(HOLDINGS, campaign_id),
    )


def _role_rank(role: str) -> tuple[int, str]:
    return (ROLES.index(role) if role in ROLES else len(ROLES)), role


def _member_order(row: Row) -> tuple[object, ...]:
    harvested, confidence = number_of(row, "harvested_exchanges"), number_of(row, "confidence")
    return _role_rank(row["role"]), -harvested, -confidence, row["account_id"]


def _evidence_order(row: Row) -> tuple[object, ...]:
    question = row["question"]
    rank = QUESTIONS.index(question) if question in QUESTIONS else len(QUESTIONS)
    return rank, -number_of(row, "strength"), number_of(row, "log10_p"), row["detector"]


def _exposure_order(row: Row) -> tuple[object, ...]:
    return -number_of(row, "harvested_exchanges"), row["capability"], row["model"]
