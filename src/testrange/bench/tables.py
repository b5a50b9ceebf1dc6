"""From outcomes to the tables of the page. Every function returns Markdown lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from testrange.bench import declared, intervals
from testrange.bench.intervals import Estimate
from testrange.bench.parts import DAYS, SWEEPS
from testrange.bench.peers import GROUPED, PEERS, PeerResult
from testrange.bench.store import Outcome

NOTHING = "-"
SweepOutcomes = Mapping[str, Mapping[float, Sequence[Outcome]]]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column is text and the others are figures."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return [f"| {' | '.join(line)} |" for line in (head, rule, *rows)]


def shown(found: Estimate, style: str = ".0%") -> str:
    """A figure with its interval."""
    if math.isnan(found.value):
        return NOTHING
    if found.low == found.high:
        return f"{found.value:{style}}"
    return f"{found.value:{style}} ({found.low:{style}} to {found.high:{style}})"


def per_world(count: float, worlds: int) -> str:
    """A count in all worlds as a mean of one, with at most two decimals."""
    return f"{round(count / worlds, 2):g}"


def campaign_names(outcomes: Sequence[Outcome]) -> list[str]:
    """Names of the true campaigns, in order."""
    return sorted({c["name"] for o in outcomes for c in o["campaigns"]})


def of_campaign(outcomes: Sequence[Outcome], name: str, field: str) -> list[float]:
    """One figure of one campaign, by world."""
    return [float(c[field]) for o in outcomes for c in o["campaigns"] if c["name"] == name]


def campaign_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Each campaign: recall, precision where it is accused, splitting, exposure."""
    head = (
        "Campaign", "Accounts", "Accused in worlds", "Recall", "Precision of its group", "Parts",
        "Exposure, estimated / true",
    )  # fmt: skip
    rows = []
    for name in campaign_names(outcomes):
        every = [c for o in outcomes for c in o["campaigns"] if c["name"] == name]
        met = [c for c in every if c["match"]]
        ratios = [c["harvested_estimate"] / max(c["harvested"], 1) for c in met]
        rows.append(
            (
                f"`{name}`",
                f"{every[0]['accounts']}",
                f"{len(met)} of {len(every)}",
                shown(intervals.mean([c["recall_in_all"] for c in every])),
                shown(intervals.mean([c["precision"] for c in met])),
                shown(intervals.mean([c["parts"] for c in met]), ".2f"),
                shown(intervals.mean(ratios), ".2f"),
            )
        )
    return table(head, rows)


def overall(outcomes: Sequence[Outcome]) -> list[str]:
    """Over all campaigns of a world."""
    wrong = [sum(o["wrongly_accused"].values()) for o in outcomes]
    precision, recall, merged = ([o[name] for o in outcomes] for name in ("precision", "recall", "merged"))
    rows = [
        ("Accused accounts that take part in a campaign", shown(intervals.mean(precision))),
        ("Accounts of campaigns that are accused", shown(intervals.mean(recall))),
        ("Other accounts accused, per world", shown(intervals.mean(wrong), ".2f")),
        ("Accused groups that merge campaigns, per world", shown(intervals.mean(merged), ".2f")),
    ]
    return table(("Over all", "Mean over worlds"), rows)


def twin_table(detectors: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Accounts of each benign group that are accused, as a share of its accounts, by detector."""
    first = next(iter(detectors.values()))
    groups = sorted({g for o in first for g in o["population"] if not _of_campaign(g)})
    rows = [(f"`{g}`", _size(first, g), *(_share_accused(o, g) for o in detectors.values())) for g in groups]
    return table(("Benign group", "Accounts", *detectors), rows)


def _of_campaign(group: str) -> bool:
    return "campaign:" in group and not group.startswith("bystander")


def _size(outcomes: Sequence[Outcome], group: str) -> str:
    return f"{sum(o['population'].get(group, 0) for o in outcomes) / max(len(outcomes), 1):,.0f}"


def _share_accused(outcomes: Sequence[Outcome], group: str) -> str:
    met = [o for o in outcomes if o["population"].get(group)]
    found = sum(o["wrongly_accused"].get(group, 0) for o in met)
    total = sum(o["population"][group] for o in met)
    return "0" if not found else f"{found / total:.1%}"


def sweep_table(name: str, found: Mapping[float, Sequence[Outcome]]) -> list[str]:
    """One sweep: recall of each campaign and false accounts at each value."""
    names = campaign_names([o for of in found.values() for o in of])
    sweep = next(s for s in SWEEPS if s.name == name)
    rows = []
    for value, outcomes in found.items():
        wrong = sum(sum(o["wrongly_accused"].values()) for o in outcomes)
        recalls = [shown(intervals.mean(of_campaign(outcomes, n, "recall_in_all"))) for n in names]
        size = sum(o["exchanges"] for o in outcomes) / len(outcomes)
        rows.append((f"{value:g}", f"{size:,.0f}", *recalls, per_world(wrong, len(outcomes))))
    head = (f"{sweep.axis[0].upper()}{sweep.axis[1:]}", "Exchanges", *(f"Recall of `{n}`" for n in names))
    return table((*head, "Others accused, per world"), rows)


def control_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Achieved false discoveries against nominal level."""
    head = (
        "Campaigns in the world", "Ordinary customers", "Level", "Worlds", "Groups accused", "False",
        "False discovery rate", "Worlds with a false accusation", "Campaigns found",
    )  # fmt: skip
    return table(head, [_control_row(row) for row in rows])


def _control_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        "two" if row["with_campaigns"] else "none",
        f"{declared.control(0, row['volume'], False).accounts:,}",
        f"{row['level']:g}",
        f"{row['worlds']}",
        f"{row['accused']}",
        f"{row['false']}",
        shown(intervals.mean(row["proportions"]), ".1%"),
        shown(intervals.share(row["worlds_with_false"], row["worlds"]), ".1%"),
        f"{row['found']} of {row['campaigns']}" if row["campaigns"] else NOTHING,
    )


def first_day_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """By campaign: share of worlds in which it is accused as of each day, and what had left by then."""
    head = ("Campaign", *(f"Day {d}" for d in DAYS), "Median first day", "Harvest gone by then")
    followed = by_campaign(rows)
    others = next(iter(followed.values()))
    wrong = [f"{per_world(sum(r['wrong'][n] for r in others), len(others))} per world" for n in range(len(DAYS))]
    found = [_followed_row(name, of) for name, of in followed.items()]
    return table(head, [*found, ("Others accused", *wrong, NOTHING, NOTHING)])


def _followed_row(name: str, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    cells = []
    for n in range(len(DAYS)):
        accused = sum(r["recalls"][n] > 0 for r in rows)
        gone = sum(r["gone"][n] for r in rows) / len(rows)
        cells.append(f"{accused} of {len(rows)}; {gone:.0%} gone")
    days = [r["day"] for r in rows if r["day"] is not None]
    gone_at_first = intervals.mean([r["gone_at_first"] for r in rows if r["day"] is not None])
    return (f"`{name}`", *cells, f"{median(days):g}" if days else "never", shown(gone_at_first))


def by_campaign(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the first-day part by campaign."""
    return {n: [r for r in rows if r["campaign"] == n] for n in sorted({r["campaign"] for r in rows})}


def peer_table(stillwatch: Sequence[Outcome], peers: Sequence[PeerResult]) -> list[str]:
    """All detectors on the same worlds."""
    head = (
        "Detector", "Setting, chosen on other seeds", "Accounts: precision", "Accounts: recall", "F1",
        "Others accused, per world", "Groups per campaign", "Groups that merge campaigns",
    )  # fmt: skip
    rows = [_detector_row("**Stillwatch**", "level 0.01, the default; not chosen", stillwatch, grouped=True)]
    for peer in peers:
        if peer.setting is None:
            rows.append((PEERS[peer.name], f"not run: {peer.reason}", *[NOTHING] * (len(head) - 2)))
        else:
            rows.append(_detector_row(PEERS[peer.name], peer.setting, peer.outcomes, peer.name in GROUPED))
    return table(head, rows)


def _detector_row(name: str, setting: str, outcomes: Sequence[Outcome], grouped: bool) -> tuple[str, ...]:
    parts = [c["parts"] for o in outcomes for c in o["campaigns"] if c["parts"]]
    wrong = intervals.mean([sum(o["wrongly_accused"].values()) for o in outcomes])
    return (
        name,
        setting,
        shown(intervals.mean([o["precision"] for o in outcomes])),
        shown(intervals.mean([o["recall"] for o in outcomes])),
        shown(intervals.mean([f1(o) for o in outcomes]), ".2f"),
        shown(wrong, ".0f"),
        shown(intervals.mean(parts), ".2f") if grouped else "no groups",
        shown(intervals.mean([o["merged"] for o in outcomes]), ".2f") if grouped else "no groups",
    )


def f1(outcome: Outcome) -> float:
    """Harmonic mean of precision and recall over accounts."""
    both = outcome["precision"] + outcome["recall"]
    return 2 * outcome["precision"] * outcome["recall"] / both if both else 0.0


def peer_campaign_table(stillwatch: Sequence[Outcome], peers: Sequence[PeerResult]) -> list[str]:
    """Recall of each campaign by detector."""
    ran = {"Stillwatch": list(stillwatch)} | {PEERS[p.name]: p.outcomes for p in peers if p.setting}
    rows = [
        (f"`{name}`", *(shown(intervals.mean(of_campaign(of, name, "recall_in_all"))) for of in ran.values()))
        for name in campaign_names(stillwatch)
    ]
    return table(("Recall of", *ran), rows)
