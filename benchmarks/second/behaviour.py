"""How people and programs use the model: when, in which sessions, with which lengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np

from benchmarks.second import wording
from benchmarks.second.accounts import Account
from benchmarks.second.catalogue import TIME_ZONES
from benchmarks.second.data import Item, Shares
from benchmarks.second.texts import Application, application, application_input, foreign, own_words, passage, single
from benchmarks.second.wording import reworded, tool_result
from benchmarks.second.world import DAY, Details, World

Sender = Callable[[Account, float], None]
"""Sends one harvest request of an account at a time."""
_NUDGES = [
    "continue",
    "ok, now add tests",
    "yes",
    "no, revert that",
    "looks good, next",
    "why did this fail?",
    "run it again",
]
_ORDINARY_A_DRAW = 1.9
"""Exchanges that one ordinary draw of a relay emits on average."""


def human_times(world: World, account: Account, count: int, first: float = 0, last: float | None = None) -> Shares:
    """Times of a person: bursts of days, fewer on weekends, around the afternoon of the own time zone; not sorted."""
    chance, rng, last = world.chance, world.rng, last or world.days
    first = min(max(first, (account.created - world.start) / DAY), last - 0.5)
    if account.time_zone is None:
        country = world.data.internet.country([max(account.home, 0)])[0]
        account.time_zone = TIME_ZONES.get(country, chance.choice([-6, 0, 1, 8]))
    days = np.arange(int(first), math.ceil(last))
    weight = rng.exponential(1, len(days)) ** 1.5 + 0.02
    weekday = ((world.start / DAY + days + 4) % 7).astype(int)
    weight = weight * np.where((weekday == 0) | (weekday == 6), 0.55, 1)
    day = rng.choice(days, count, p=weight / weight.sum())
    hour = (rng.normal(14.5, 4.2, count)) % 24
    times = world.start + (day + ((hour - account.time_zone) % 24) / 24) * DAY
    return np.clip(times, world.start + first * DAY, world.start + last * DAY - 1)


def service_times(world: World, count: int, first: float = 0, last: float | None = None) -> Shares:
    """Times after the rates of one real client, from a random moment of its two weeks; not sorted."""
    chance, rng = world.chance, world.rng
    span, fortnight = (last or world.days) - first, 14 * DAY
    time, rate = chance.choice(world.data.traffic.profiles)
    shift = chance.random() * fortnight
    at = np.searchsorted(rate, rng.random(count) * rate[-1])
    drawn = time[np.minimum(at, len(time) - 1)] + rng.random(count) * 600
    fortnights = rng.integers(0, max(1, math.ceil(span / 14)), count)
    drawn = ((drawn + shift) % fortnight + fortnights * fortnight) % (span * DAY)
    return np.asarray(world.start + first * DAY + drawn, np.float64)


def chat_tokens(world: World) -> int:
    """Output tokens of one real chat answer."""
    return int(world.rng.choice(world.data.traffic.chat_output))


def chat_session(world: World, account: Account, time: float, most: int = 14) -> int:
    """One conversation; gives the number of its requests."""
    chance, turns, conversation = world.chance, world.next_conversation(), world.new_id("conv")
    abroad = chance.random() < 0.10
    address, before = world.address_of(account, time), 0
    turns = turns[:most]
    for number, (_, said, answered, chars) in enumerate(turns, 1):
        text, answer, size = said, answered, chars
        if abroad:
            foreign_text = chance.random() < 0.6
            text = foreign(world) if foreign_text else reworded(chance, chance.choice(world.data.prompts.hobby)[0])
            answer, size = None, chat_tokens(world) * 4
        world.send(
            account,
            time,
            text,
            answer if world.logs_output else None,
            max(1, int(size / 4)),
            before=before + 600 * (account.kind == "chat"),
            conversation=conversation,
            turn=number,
            address=address,
        )
        before += len(text) // 4 + size // 4
        time += min(3600 * 5, chance.lognormvariate(4.3, 1.1)) + size / 4 / 60
    return len(turns)


def application_call(world: World, account: Account, time: float, app: Application, **details: Unpack[Details]) -> None:
    """One call of a program."""
    drawn = float(np.interp(world.chance.random(), [0.01, 0.25, 0.5, 0.75, 0.9, 0.99], app.output))
    details["system"], details["temperature"], details["most_output"] = app.system, app.temperature, app.most_output
    world.send(account, time, application_input(world, app), None, max(1, int(drawn)), **details)


def agent_session(world: World, account: Account, time: float, most: int = 40) -> int:
    """One session of a coding agent, with the sizes and pauses of a real one; gives the number of its requests."""
    chance = world.chance
    requests = chance.choice(world.data.traffic.agent_sessions)
    first = chance.randrange(max(1, len(requests) - most)) if chance.random() < 0.5 else 0
    requests, conversation = requests[first : first + most], world.new_id("conv")
    brand = chance.randrange(len(wording.AGENT_SYSTEMS))
    address = world.address_of(account, time)
    for number, (asked, answered, pause) in enumerate(requests, 1):
        text = _agent_text(world, number == 1)
        world.send(
            account,
            time,
            text,
            None,
            answered,
            system=wording.AGENT_SYSTEMS[brand],
            before=max(0, asked - len(text) // 4),
            conversation=conversation,
            turn=number,
            tools=wording.AGENT_TOOLS[brand],
            address=address,
        )
        time += min(pause, 5400) + chance.random() * 5
    return len(requests)


def _agent_text(world: World, first: bool) -> str:
    chance = world.chance
    if first:
        return wording.engineering_task(chance) if chance.random() < 0.5 else own_words(world)
    if chance.random() < 0.15:
        return chance.choice([*_NUDGES, own_words(world)[:150]])
    return tool_result(chance, world.data.prompts.passages)


def live(world: World, account: Account, habit: str, count: int) -> None:
    """About `count` requests of an account in one habit: chat, agent, dev, app or bulk."""
    if habit in ("chat", "agent"):
        session, sent = chat_session if habit == "chat" else agent_session, 0
        for time in human_times(world, account, max(1, count)):
            sent += session(world, account, time)
            if sent >= count:
                break
    elif habit == "dev":
        _develop(world, account, count)
    elif habit == "app":
        _serve(world, account, count)
    else:
        app, now = application(world), float(human_times(world, account, 1)[0])
        gap = world.chance.choice([2, 10, 40])
        for _ in range(count):
            now += world.chance.expovariate(1 / gap)
            application_call(world, account, now, app)


def _develop(world: World, account: Account, count: int) -> None:
    chance = world.chance
    most_output = chance.choice([None, None, None, 1024, 2048, 4096, 8192])
    app = application(world) if chance.random() < 0.4 else None
    temperature = chance.choice([None, None, None, 0, 0.3, 0.6, 0.7, 1])
    times = np.sort(human_times(world, account, count))
    if chance.random() < 0.5 and count > 3:  # one sitting
        times = times[0] + np.cumsum(world.rng.exponential(200, count)) * chance.choice([1, 1, 10, 60])
    at = 0
    while at < count:
        if app and chance.random() < 0.6:
            application_call(world, account, times[at], app)
            at += 1
        elif chance.random() < 0.25:
            at += chat_session(world, account, times[at], 6)
        else:
            text, answer = single(world)
            tokens = len(answer) // 4 if answer else chat_tokens(world)
            kept = answer if world.logs_output else None
            world.send(account, times[at], text, kept, tokens, temperature=temperature, most_output=most_output)
            at += 1


def _serve(world: World, account: Account, count: int) -> None:
    chance = world.chance
    apps = [application(world, chance.random() < 0.08) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
    account.home = world.address("host") if chance.random() < 0.75 else account.home
    hosts = [account.home] + [world.address("host") for _ in range(chance.choice([0, 0, 1, 3, 8]))]
    if chance.random() < 0.15:  # a new address for every call
        hosts = []
    for time in service_times(world, count):
        app = chance.choice(apps)
        address = chance.choice(hosts) if hosts else world.address("host")
        application_call(world, account, time, app, address=address)


def relay(
    world: World,
    accounts: Sequence[Account],
    count: int,
    days: tuple[float, float],
    harvest: Sender | None,
    share: float,
) -> None:
    """Other people's requests spread over accounts, a share of them harvest."""
    chance = world.chance
    sticky, sent = chance.random() < 0.5, 0
    apps = [application(world) for _ in range(max(3, count // 250))]
    weights = [chance.lognormvariate(0, 0.5) for _ in accounts]
    times = np.sort(service_times(world, count * 2, *days))
    world.rng.shuffle(times)
    for time in times:
        if sent >= count:
            break
        account = chance.choices(accounts, weights)[0]
        if harvest and chance.random() < share / (share + (1 - share) / _ORDINARY_A_DRAW):
            harvest(account, time)
            sent += 1
            continue
        x = chance.random()
        if x < 0.5:
            sent += _relayed(world, account, time, [] if sticky else accounts)
        elif x < 0.75:
            application_call(world, account, time, chance.choice(apps))
            sent += 1
        elif x < 0.80:
            sent += agent_session(world, account, time, 10)
        else:
            text, answer = single(world)
            world.send(account, time, text, answer if world.logs_output else None, chat_tokens(world))
            sent += 1


def _relayed(world: World, account: Account, time: float, others: Sequence[Account]) -> int:
    """A conversation whose turns may go out by several accounts, from the address of the first."""
    before, turns = 0, world.next_conversation()[:8]
    for _, text, answer, chars in turns:
        sender = world.chance.choice(others) if others else account
        output = answer if world.logs_output else None
        address = world.address_of(account, time)
        world.send(sender, time, text, output, chars // 4, before=before, address=address)
        before += (len(text) + chars) // 4
        time += world.chance.lognormvariate(4.3, 1)
    return len(turns)


def benign_request(world: World, account: Account, time: float) -> None:
    """Cover: an ordinary request."""
    text, _ = single(world)
    world.send(account, time, text, None, chat_tokens(world))


def answer_or_passage(world: World, item: Item) -> str:
    """The answer that stood beside a prompt, or some real answer."""
    return item[1] or passage(world, 100, 600)
