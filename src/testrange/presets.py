"""Named worlds: sizes that tests, the demonstration, reports and benchmarks use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from testrange.campaigns import CAMPAIGNS, Rotation, fixed_prompt, june_2026
from testrange.twins import all_twins
from testrange.worlds import World


def small(seed: int = 7) -> World:
    """Some 20,000 exchanges of 1,500 accounts in ten days, two campaigns and all twins: for tests."""
    campaigns = (
        june_2026(accounts=24, start_day=1.5, days=7.0),
        fixed_prompt(accounts=12, exchanges_per_account_day=24.0, start_day=2.0, days=6.0),
    )
    return World(seed, 10, accounts=1100, exchanges=7_500, campaigns=campaigns, twins=all_twins(0.22, 0.15))


def demo(seed: int = 7) -> World:
    """More than 320,000 exchanges of more than 10,500 accounts in three weeks, two campaigns and all twins."""
    campaigns = (
        june_2026(accounts=200, start_day=5.0, days=16.0),
        fixed_prompt(accounts=60, exchanges_per_account_day=48.0, start_day=3.0, days=12.0),
    )
    return World(seed, 21, accounts=9_000, exchanges=190_000, campaigns=campaigns, twins=all_twins(1.0, 0.7))


def reports(seed: int = 7) -> World:
    """Every campaign of the public record at once, and all twins: for measuring."""
    campaigns = tuple(make(start_day=2.0 + 0.7 * n) for n, make in enumerate(CAMPAIGNS.values()))
    return World(
        seed, 21, accounts=14_000, exchanges=400_000, campaigns=campaigns, twins=all_twins(1.0, 0.7), scale=0.5
    )


def bench(seed: int = 7) -> World:
    """About 3.5 million exchanges of 63,000 accounts with 1 GB of prompts: for measuring speed."""
    campaigns = (
        june_2026(accounts=700, start_day=4.0, days=20.0),
        fixed_prompt(accounts=160, exchanges_per_account_day=80.0, start_day=5.0, rotation=Rotation(0.9, 0.8, 0.5)),
    )
    world = World(seed, 24, accounts=55_150, exchanges=1_880_000, campaigns=campaigns)
    return replace(world, twins=all_twins(3.9, 0.8))


PRESETS: dict[str, Callable[[int], World]] = {"small": small, "demo": demo, "reports": reports, "bench": bench}
