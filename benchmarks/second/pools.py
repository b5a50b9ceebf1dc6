"""What operators have: addresses, cards, devices, accounts, and a dispatcher that spreads work over them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.second import catalogue
from benchmarks.second.accounts import NEVER, Account, Given, Kind, Route
from benchmarks.second.world import DAY, World

Facts = dict[str, Any]
"""What was drawn for a campaign; goes into the truth beside the world."""
_FREE = ["gmail.com", "outlook.com", "hotmail.com", "icloud.com", "qq.com", "yahoo.com"]
_SPAN = {"hours": 0.4, "days": 3, "weeks": 14, "months": 60}
_FOREVER = 1e18


@dataclass
class Proxies:
    """A pool of addresses. Some are ordinary people's homes: infected or rented lines."""

    addresses: list[int]
    line: str
    style: str
    sticky_hours: float
    each: int | None = None
    """How many addresses an account keeps to; 0 for all of them."""
    of_account: dict[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """The accounts of an operator, the addresses, and what was drawn."""

    accounts: list[Account]
    proxies: Proxies
    facts: Facts


@dataclass(frozen=True)
class Wanted:
    """A pool to make: whose, how many accounts, how hard to link, from which day on."""

    name: str
    count: int
    hardness: str
    first_day: float
    agents: bool = False


def any_hardness(world: World) -> str:
    return world.chance.choices(["easy", "medium", "hard"], [3, 4, 3])[0]


def draw_proxies(world: World, count: int, hardness: str, line: str | None = None) -> Proxies:
    """An address pool for some accounts: few addresses where easy, many and quickly changed where hard."""
    chance = world.chance
    line = line or chance.choices(["res", "host", "mix"], [6, 1, 3])[0]
    drawn = {"easy": chance.uniform(0.15, 0.6), "medium": chance.uniform(0.5, 2), "hard": chance.uniform(2, 7)}
    ratio, style = drawn[hardness], "pool"
    if count <= 400:
        weights = {"easy": [8, 1, 1], "medium": [5, 3, 2], "hard": [3, 5, 2]}
        style = chance.choices(["pool", "wide", "static"], weights[hardness])[0]
    if style == "wide":
        ratio = chance.uniform(8, 20) if hardness != "hard" else chance.uniform(15, 45)
    if style == "static":
        ratio = chance.uniform(0.5, 1.2)
        line = "res" if line == "host" and chance.random() < 0.7 else line
    size = max(6 if line == "host" else 18, int(count * ratio))
    addresses = [_proxy(world, line) for _ in range(size)]
    homes = [a.home for a in world.ordinary if a.home >= 0 and a.kind in ("chat", "dev")]
    for _ in range(int(size * chance.choice([0, 0.02, 0.06]))):
        home = chance.choice(homes)
        addresses[chance.randrange(size)] = home
    sticky: float
    if hardness == "easy":
        sticky = chance.choice([2, 8, 24, 72])
    else:
        sticky = chance.choice([0, 0.5, 2, 8, 24, 72] if style != "wide" else [0.2, 1, 6, 24])
    return Proxies(addresses, line, style, sticky)


def _proxy(world: World, line: str) -> int:
    home = line == "res" or (line == "mix" and world.chance.random() < 0.6)
    return world.address("res" if home else "host")


def route_over(world: World, proxies: Proxies) -> Route:
    """Addresses of a pool, each for some hours; an account may keep to a few of them."""
    chance, size, sticky = world.chance, len(proxies.addresses), proxies.sticky_hours * 3600
    drawn = chance.choice([1, 2, 3]) if proxies.style == "static" else chance.choice([0, 0, 8, 20])
    each = proxies.each = drawn if proxies.each is None else proxies.each

    def at(account: Account, time: float) -> int:
        if sticky == 0:
            spell = chance.randrange(1 << 30)
        else:
            spell = int(time // sticky) * 1000003 + account.number * 7919 + int(time // sticky) % 97 * 13
        among = _own_addresses(world, proxies, account, each) if each else proxies.addresses
        return among[(spell * 2654435761 >> 7) % (len(among) if each else size)]

    return at


def _own_addresses(world: World, proxies: Proxies, account: Account, each: int) -> list[int]:
    of_account, every = proxies.of_account, proxies.addresses
    if account.number not in of_account:
        if proxies.style == "static":
            first = len(of_account) * each
            of_account[account.number] = [every[(first + step) % len(every)] for step in range(each)]
        else:
            of_account[account.number] = [world.chance.choice(every) for _ in range(each)]
    return of_account[account.number]


@dataclass(frozen=True)
class _Means:
    """What the sign-ups of one operator are made with."""

    disposable: float
    own_domains: list[str]
    disposable_domains: list[str]
    stacks: list[tuple[str, str]]
    kind: Kind
    batches: list[float]
    cards: list[str]
    devices: list[str]
    without_card: float
    on_surfaces: bool
    plan: str | None


def draw_pool(world: World, wanted: Wanted, proxies: Proxies | None = None) -> Pool:
    """Accounts of one operator, on given or own addresses."""
    chance, hardness, count = world.chance, wanted.hardness, wanted.count
    proxies = proxies or draw_proxies(world, count, hardness)
    route = route_over(world, proxies)
    per_card = {
        "easy": chance.randint(4, 8),
        "medium": chance.randint(2, 5),
        "hard": chance.choice([1, 1, 1, 2] if proxies.style != "static" else [2, 3]),
    }[hardness]
    per_device = {
        "easy": chance.choice([3, 5, 8]),
        "medium": chance.choice([1, 2, 4]),
        "hard": chance.choice([1, 1, 2]),
    }[hardness]
    disposable = {
        "easy": chance.uniform(0.4, 0.9),
        "medium": chance.uniform(0.1, 0.6),
        "hard": chance.uniform(0, 0.15),
    }[hardness]
    own = [world.firm_domain() for _ in range(chance.randint(1, 5))] if chance.random() < 0.4 else []
    throwaway = [_throwaway(world) for _ in range(chance.randint(2, 12))]
    batch = chance.choice(["hours", "days", "weeks"] if hardness != "hard" else ["days", "weeks", "months"])
    peculiar = chance.random() < {"easy": 0.6, "medium": 0.35, "hard": 0.1}[hardness]
    stack_count = chance.choice([1, 1, 2, 3]) if hardness != "hard" else chance.randint(2, 5)
    stacks = [_stack(world, peculiar) for _ in range(stack_count)]
    kind: Kind = "agent" if wanted.agents and chance.random() < 0.3 else "dev"
    start = world.start + wanted.first_day * DAY
    batch_count = max(1, count // chance.choice([5, 10, 20, 40]))
    batches = [start - chance.random() * _SPAN[batch] * DAY for _ in range(batch_count)]
    cards = [world.new_id("pay") for _ in range(max(1, math.ceil(count / per_card)))]
    devices = [world.new_id("dev") for _ in range(max(1, math.ceil(count / per_device)))]
    without_card, varied = chance.choice([0, 0, 0.2, 0.5]), chance.random() < 0.3
    plan = chance.choice(["payg", "payg", "plus", "tier2", None])
    means = _Means(
        disposable, own, throwaway, stacks, kind, batches, cards, devices, without_card, varied, plan
    )  # fmt: skip
    accounts = [_member(world, _sign_up(world, wanted.name, n, means), proxies, means) for n in range(count)]
    for account in accounts:
        account.route = route
    facts = {
        "campaign": wanted.name,
        "hardness": hardness,
        "accounts": count,
        "cards": len(cards),
        "per_card": per_card,
        "devices": len(devices),
        "disposable": round(disposable, 2),
        "proxy": proxies.line,
        "proxy_style": proxies.style,
        "ips": len(proxies.addresses),
        "sticky_h": proxies.sticky_hours,
        "signup": batch,
        "peculiar_client": peculiar,
        "client_stacks": len(stacks),
        "varied_surfaces": varied,
    }
    return Pool(accounts, proxies, facts)


def _throwaway(world: World) -> str:
    if world.chance.random() < 0.35:
        return world.popular_disposable()
    return world.chance.choice(world.data.internet.disposable)


def _stack(world: World, peculiar: bool) -> tuple[str, str]:
    if not peculiar:
        return world.client()
    name, stack = world.chance.choice(catalogue.RARE_CLIENTS)
    return name, catalogue.tls_fingerprint(stack)


def _sign_up(world: World, actor: str, number: int, means: _Means) -> Account:
    chance, x = world.chance, world.chance.random()
    if x < means.disposable:
        mail = chance.choice(means.disposable_domains)
    elif means.own_domains and x < means.disposable + 0.3:
        mail = chance.choice(means.own_domains)
    else:
        mail = chance.choices(_FREE, [60, 20, 8, 4, 4, 4])[0]
    cards, devices = means.cards, means.devices
    given: Given = {
        "email_domain": mail,
        "created": chance.choice(means.batches) + chance.random() * 3600 * chance.choice([0.3, 2, 12]),
        "payment_fingerprint": cards[number % len(cards)] if chance.random() > means.without_card else None,
        "device_fingerprint": devices[(number * 7) % len(devices)] if chance.random() < 0.95 else None,
        "preferred": "big",
    }
    account = world.account(actor, means.kind, **given)
    account.user_agent, account.tls = chance.choice(means.stacks)
    return account


def _member(world: World, account: Account, proxies: Proxies, means: _Means) -> Account:
    """Settle what a member shows: address, surface, plan, programme."""
    chance = world.chance
    account.home = account.signup_address = chance.choice(proxies.addresses)
    if account.surface != "api" and chance.random() < 0.5:
        account.surface = "api"
    if means.plan:
        account.plan = means.plan if chance.random() < 0.8 else account.plan
    if means.on_surfaces and chance.random() < 0.35:
        account.surface = "app"
        account.user_agent, account.tls = world.browser()
        account.plan = chance.choice(["plus", "pro", "free"])
    account.programme = chance.choices(["none", "startup", "education", "security_research"], [90, 4, 4, 2])[0]
    account.migrates = NEVER
    return account


def dispatch(
    world: World, pool: Pool, count: int, days: tuple[float, float], even: bool | None = None
) -> list[tuple[float, Account]]:
    """Times and accounts of a campaign's requests: daily level, hours of the day, common interruptions, churn."""
    chance, rng, accounts, (first, last) = world.chance, world.rng, pool.accounts, days
    times, profile = _work_times(world, count, first, last)
    even = chance.random() < 0.5 if even is None else even
    n, span, begin = len(accounts), (last - first) * DAY, world.start + first * DAY
    weight = np.ones(n) if even else rng.lognormal(0, 0.8, n)
    churn = chance.random() < 0.4
    born, dead = np.zeros(n), np.full(n, _FOREVER)
    if churn:
        late = rng.random(n) * 0.7
        late[: max(2, n // 4)] = 0
        born = begin + late * span * 0.8
        dead = born + span * (0.3 + 0.7 * rng.random(n))
        dead[dead > begin + span * 0.9] = _FOREVER
        for account, since in zip(accounts, born, strict=True):
            if since > account.created + 2 * DAY:
                account.created = since - chance.random() * chance.choice([0.2, 1, 2]) * DAY
    shares, out = np.cumsum(weight / weight.sum()), []
    for time, drawn in zip(times, rng.random(count), strict=True):
        at = min(int(np.searchsorted(shares, drawn)), n - 1)
        for _ in range(25):
            if born[at] <= time <= dead[at]:
                out.append((time, accounts[at]))
                break
            at = chance.randrange(n)
    pool.facts.update(profile=profile, even=even, churn=churn, days=round(last - first, 1))
    return out


def _work_times(world: World, count: int, first: float, last: float) -> tuple[Any, str]:
    chance, rng = world.chance, world.rng
    hours = int((last - first) * 24)
    level = np.repeat(np.exp(rng.normal(0, 0.35, hours // 24 + 1)), 24)[:hours]
    profile = chance.choice(["flat", "flat", "diurnal", "office"])
    hour = (np.arange(hours) + chance.randrange(24)) % 24
    if profile == "diurnal":
        level = level * (1 + 0.7 * np.sin(hour / 24 * 2 * np.pi))
    if profile == "office":
        level = level * np.where((hour > 8) & (hour < 20), 1, 0.12)
    for _ in range(chance.randint(0, 4)):
        stop = chance.randrange(hours)
        level[stop : stop + chance.randint(2, 12)] = 0.01
    drawn = rng.choice(hours, count, p=level / level.sum()) + rng.random(count)
    return world.start + first * DAY + np.sort(drawn) * 3600, profile
