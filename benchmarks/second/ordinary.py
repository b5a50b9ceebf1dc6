"""Ordinary people and firms: most of every world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from benchmarks.second.accounts import Given, Kind
from benchmarks.second.behaviour import live
from benchmarks.second.world import World

_HABITS = {"chat": 48, "dev": 24, "agent": 9, "app": 15, "bulk": 4}
_VOLUME = {"chat": (2.0, 1.25), "dev": (1.8, 1.5), "agent": (3.3, 1.2), "app": (3.9, 1.7), "bulk": (4.2, 1.0)}
"""Shares of habits in percent, and the lognormal of requests per account: judgement."""


@dataclass
class _Firm:
    left: int
    domain: str
    organization: str | None
    card: str
    office: int


def ordinary_people(world: World) -> None:
    """Some thousand accounts that nobody directs."""
    chance = world.chance
    asked = world.asked
    count = int(chance.randint(3000, 7500) * asked.scale * asked.volume)
    budget = int(chance.randint(120000, 190000) * asked.scale * asked.volume)
    habits = chance.choices(list(_HABITS), list(_HABITS.values()), k=min(count, 60000))
    drawn = np.array([min(chance.lognormvariate(*_VOLUME[habit]) + 1, 9000) for habit in habits])
    volume = np.maximum(1, drawn * min(1.6, budget / drawn.sum())).astype(int)
    firm: _Firm | None = None
    for habit, requests in zip(habits, volume, strict=True):
        given: Given = {}
        if habit != "chat" and chance.random() < 0.3:  # small firms, most of them declared
            if firm is None or firm.left <= 0:
                firm = _new_firm(world)
            firm.left -= 1
            given = _employee(world, firm)
        elif world.ordinary and chance.random() < 0.02:
            given = _same_person(world)
        kind = cast(Kind, "dev" if habit == "bulk" else habit)
        account = world.account(kind=kind, **given)
        world.ordinary.append(account)
        live(world, account, habit, int(requests))


def _new_firm(world: World) -> _Firm:
    chance = world.chance
    return _Firm(
        left=chance.choice([1, 1, 1, 2, 3, 5]),
        domain=world.firm_domain(),
        organization=world.new_id("org") if chance.random() < 0.75 else None,
        card=world.new_id("pay"),
        office=world.address("corp") if chance.random() < 0.5 else world.address("res"),
    )


def _employee(world: World, firm: _Firm) -> Given:
    return {
        "email_domain": firm.domain,
        "organization_id": firm.organization,
        "payment_fingerprint": firm.card if world.chance.random() < 0.8 else world.new_id("pay"),
        "home": firm.office,
        "signup_address": firm.office,
    }


def _same_person(world: World) -> Given:
    """A second account of somebody who has one."""
    known = world.chance.choice(world.ordinary)
    return {
        "device_fingerprint": known.device_fingerprint,
        "payment_fingerprint": known.payment_fingerprint if world.chance.random() < 0.6 else world.new_id("pay"),
        "home": known.home,
        "signup_address": known.home,
    }
