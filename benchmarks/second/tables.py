"""From outcomes to the tables of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchmarks.real.page import Row, number, table
from benchmarks.second.scoring import CampaignOutcome, WorldOutcome

Outcomes = Sequence[WorldOutcome]
RESAMPLES = 2000
MISSED = 0.5
"""Recall below which a campaign is listed as missed."""


def of_type(outcomes: Outcomes, name: str) -> list[list[CampaignOutcome]]:
    """Campaigns of one type, by world that has any."""
    found = [[campaign for campaign in outcome.campaigns if campaign.type == name] for outcome in outcomes]
    return [campaigns for campaigns in found if campaigns]


def mean_recall(worlds: Sequence[Sequence[CampaignOutcome]]) -> tuple[float, float, float]:
    """Mean over campaigns, and its percentile bootstrap interval at 95 % over worlds."""
    sums = np.array([sum(campaign.recall for campaign in campaigns) for campaigns in worlds])
    counts = np.array([len(campaigns) for campaigns in worlds])
    drawn = np.random.default_rng(5).integers(0, len(worlds), (RESAMPLES, len(worlds)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])
    return float(sums.sum() / counts.sum()), float(low), float(high)


def campaign_table(outcomes: Outcomes) -> str:
    """Each type of campaign, and all of them together."""
    types = sorted({campaign.type for outcome in outcomes for campaign in outcome.campaigns})
    rows = [_campaign_row(name, of_type(outcomes, name)) for name in types]
    rows.append(_campaign_row("all", [list(outcome.campaigns) for outcome in outcomes if outcome.campaigns]))
    head = (
        "Campaign", "Worlds", "Campaigns", "Accounts", "Accused at all", "Recall (95 %)", "Groups of each accused",
        "Exposure, estimated / true",
    )  # fmt: skip
    return table(head, rows)


def _campaign_row(name: str, worlds: Sequence[Sequence[CampaignOutcome]]) -> Row:
    every = [campaign for campaigns in worlds for campaign in campaigns]
    met = [campaign for campaign in every if campaign.found]
    value, low, high = mean_recall(worlds)
    groups = f"{np.mean([c.groups for c in met]):.1f}, at most {max(c.groups for c in met)}" if met else "-"
    exposure = f"{np.median([c.estimated / max(1, c.harvested) for c in met]):.2f}" if met else "-"
    accounts, accused = number(sum(c.accounts for c in every)), f"{len(met)} of {len(every)}"
    recall = f"{value:.0%} ({low:.0%} to {high:.0%})"
    return name, len(worlds), len(every), accounts, accused, recall, groups, exposure


def summary_table(outcomes: Outcomes) -> str:
    """Precision, and worlds without campaign."""
    accused, right = sum(o.accused for o in outcomes), sum(o.right for o in outcomes)
    quiet = [o for o in outcomes if not o.campaigns]
    touched = [o for o in quiet if o.accused]
    groups, false_groups = sum(o.groups for o in outcomes), sum(o.false_groups for o in outcomes)
    present = sum(sum(o.present.values()) for o in outcomes)
    names = f" ({', '.join(f'{o.name}: {o.accused} accounts' for o in touched)})" if touched else ""
    precision = f"{right / accused:.2%}" if accused else "-"
    rows: list[Row] = [
        ("Worlds, exchanges", f"{len(outcomes)}, {number(sum(o.exchanges for o in outcomes))}"),
        ("Accused accounts that take part in a campaign", f"{precision} ({number(right)} of {number(accused)})"),
        ("Wrongly accused, of benign accounts with traffic", f"{number(accused - right)} of {number(present)}"),
        ("Accused groups without any account of a campaign", f"{false_groups} of {groups}"),
        ("Worlds without campaign in which anybody is accused", f"{len(touched)} of {len(quiet)}{names}"),
    ]
    return table(("Over all worlds", "Found"), rows)


def wrong_table(outcomes: Outcomes) -> str:
    """Who is wrongly accused, and how many such accounts there are. Bystanders of all campaigns together."""
    wrong: Counter[str] = Counter()
    present: Counter[str] = Counter()
    for outcome in outcomes:
        for counter, told in ((wrong, outcome.wrong), (present, outcome.present)):
            for name, count in told.items():
                counter[name.partition(":")[0]] += count
    rows = [
        (f"`{name}`", number(wrong[name]), number(present[name]))
        for name in sorted(present, key=lambda n: (-wrong[n], n))
    ]
    return table(("Benign actor", "Wrongly accused", "Accounts present"), rows)


def hardness_table(outcomes: Outcomes) -> str:
    """Recall by the simulator's label of hardness, and the campaigns that were missed."""
    rows: list[Row] = []
    for hardness in ("easy", "medium", "hard"):
        worlds = [[c for c in outcome.campaigns if c.hardness == hardness] for outcome in outcomes]
        worlds = [campaigns for campaigns in worlds if campaigns]
        every = [campaign for campaigns in worlds for campaign in campaigns]
        if every:
            value, low, high = mean_recall(worlds)
            accused = f"{sum(c.found > 0 for c in every)} of {len(every)}"
            missed = sum(c.recall < MISSED for c in every)
            rows.append((hardness, len(every), accused, f"{value:.0%} ({low:.0%} to {high:.0%})", missed))
    missed_rows = [
        (f"{outcome.name}, `{c.name}`", c.type, c.hardness, f"{c.found} of {c.accounts}")
        for outcome in outcomes
        for c in outcome.campaigns
        if c.recall < MISSED
    ]
    listed = "\n" + table(("Missed: less than half accused", "Type", "Hardness", "Accused"), missed_rows)
    head = ("Hardness", "Campaigns", "Accused at all", "Recall (95 %)", "Missed")
    return table(head, rows) + (listed if missed_rows else "")
