"""Every benign twin of a world, in the order in which they are drawn."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.second import twins_of_crowds as crowds
from benchmarks.second import twins_of_firms as firms
from benchmarks.second.world import World


def benign_twins(world: World) -> None:
    """Several of each kind."""
    _repeat(world, 2, 3, firms.nightly_evaluations)
    _repeat(world, 2, 3, firms.key_move)
    _repeat(world, 2, 3, firms.build_runners)
    _repeat(world, 2, 3, firms.backfill)
    _repeat(world, 1, 2, firms.gateway)
    if world.chance.random() < 0.55:
        firms.clean_reseller(world)
    _repeat(world, 2, 3, firms.audit_trail)
    crowds.failover(world)
    crowds.release_benchmarks(world)
    crowds.drift_monitors(world)
    _repeat(world, 1, 2, crowds.course)
    crowds.hackathon(world)
    crowds.viral_prompt(world)
    for number in range(firms.some(world, 2, 2)):
        crowds.own_key_service(world, reasons=number == 0)
    firms.prompt_library(world)
    firms.own_synthetic_data(world)
    _repeat(world, 1, 2, firms.judge_research)
    crowds.online_course(world)
    crowds.shared_vpn(world)
    crowds.families(world)
    crowds.framework_users(world)


def _repeat(world: World, least: int, most: int, twin: Callable[[World], None]) -> None:
    for _ in range(firms.some(world, least, most)):
        twin(world)
