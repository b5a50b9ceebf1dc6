"""The setting of a world: its clock and the registries that populations point into by row number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np

from testrange import rhythm, seeds
from testrange.language import Phrasebook, phrasebook
from testrange.networks import Networks, networks
from testrange.rhythm import Clock
from testrange.scripts import Application, Conversation, Script
from testrange.software import Software, software

MODELS = ("lumen-4-large", "lumen-4-small", "lumen-4-reason", "lumen-3-large", "lumen-5-large")
"""Model names; the last one is released on the release day."""
MODEL_SHARES = (0.44, 0.26, 0.16, 0.14)
REASONING_MODELS = (2, 4)
NEW_MODEL = 4

TOOLSETS: tuple[tuple[str, ...] | None, ...] = (
    None,
    ("bash", "read_file", "edit_file", "grep", "glob"),
    ("bash", "read_file", "edit_file", "web_search"),
    ("search", "python"),
    ("get_weather", "search_web"),
    ("query_database", "render_chart"),
    ("lookup_order", "refund_order", "escalate"),
    ("browser_click", "browser_type", "browser_read", "screenshot"),
)
CHAT, AGENT, APPLICATION = 0, 1, 2
"""First scripts of every world: ordinary conversation, coding agents, applications."""


@dataclass
class Setting:
    """Everything that populations refer to. Groups add rows; nothing is ever removed.

    `vpns` and `platforms` are the pools of commercial VPNs and of shared cloud platforms.
    """

    seed: int
    clock: Clock
    release_day: float
    rhythms: list[seeds.Floats]
    scripts: list[Script] = field(default_factory=lambda: [Conversation(), Conversation(agent=True), Application()])
    pools: list[seeds.Indices] = field(default_factory=list)
    vpns: tuple[int, ...] = ()
    platforms: tuple[int, ...] = ()
    networks: Networks = field(default_factory=networks)
    software: Software = field(default_factory=software)
    book: Phrasebook = field(default_factory=phrasebook)

    def generator(self, *names: object) -> np.random.Generator:
        return seeds.generator("world", self.seed, *names)

    def add_script(self, script: Script) -> int:
        self.scripts.append(script)
        return len(self.scripts) - 1

    def add_pool(self, addresses: seeds.Indices) -> int:
        self.pools.append(addresses)
        return len(self.pools) - 1

    def add_rhythm(self, weights: seeds.Floats) -> int:
        """A matrix of day by hour, scaled so that the mean of its active days is 1."""
        self.rhythms.append(weights)
        return len(self.rhythms) - 1


def new_setting(seed: int, start: date, days: int) -> Setting:
    """An empty setting with the standard rhythms and scripts; the new model comes after two fifths of the world."""
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
    clock = Clock(int(midnight.timestamp()) * 1_000_000, days, start.weekday())
    setting = Setting(seed, clock, round(days * 0.4), rhythm.standard_rhythms(clock))
    rng = setting.generator("exits")
    setting.vpns = tuple(setting.add_pool(setting.networks.draw(rng, "vpn", n)) for n in (400, 220, 90))
    platforms = (("edge", 160), ("hosting", 90))
    setting.platforms = tuple(setting.add_pool(setting.networks.draw(rng, kind, n)) for kind, n in platforms)
    return setting
