"""Campaigns without a common template: disjoint shares of one prompt set."""

from __future__ import annotations

import math

from benchmarks.second.accounts import Account
from benchmarks.second.behaviour import benign_request, chat_session
from benchmarks.second.harvest import output_tokens, take_items, target_model
from benchmarks.second.pools import Facts, Pool, Proxies, Wanted, dispatch, draw_pool
from benchmarks.second.world import Details, World

_DOMAINS = [
    ["code", "api"],
    ["tool", "tooltraj", "api"],
    ["math"],
    ["code", "math", "inst"],
    ["inst", "role", "pref", "code"],
    ["code", "tool", "math", "api", "inst", "role"],
]
_TOKENS = {"math": 420, "tool": 320, "role": 520}
_QUESTIONS = [
    "Why?",
    "Explain how you got there.",
    "Show the steps please",
    "Is there another way?",
    "Are you sure? check again",
    "more detail on the second part",
    "And what if the input doubles?",
]


def _size(world: World, most: int) -> tuple[int, int, float]:
    """Accounts, requests and days: 5 to 30 requests per account and active day."""
    chance = world.chance
    count = int(math.exp(chance.uniform(math.log(20), math.log(300))))
    rate = chance.uniform(5, max(6, min(30, most / (count * 9))))
    days = min(world.days - 1, chance.uniform(8, 26))
    requests = int(min(most, count * rate * days) * world.share)
    if count * rate * days > requests:
        days = max(3, requests / (count * rate))
        if days <= 3:
            count = max(20, int(requests / (3 * rate)))
        if days < 6:
            rate = max(5, requests / (count * 6))
            days = min(world.days - 1, max(days, requests / (count * rate)))
    return count, requests, days


def unrepeated(
    world: World,
    name: str,
    hardness: str,
    proxies: Proxies | None = None,
    variant: str | None = None,
    most: int = 11000,
) -> Pool:
    """Shares of a set as it is, augmented (`para`), or dealt topic by topic."""
    chance = world.chance
    count, requests, days = _size(world, most)
    first = chance.random() * (world.days - days)
    pool = draw_pool(world, Wanted(name, count, hardness, first), proxies)
    variant = variant or chance.choice(["set", "set", "para", "topicwise"])
    domains, per_day = chance.choice(_DOMAINS), round(requests / count / days, 1)
    pool.facts.update(type="unrepeated", variant=variant, domains=domains, per_account_day=per_day)
    items = take_items(world, domains, requests, {"set": 0, "para": 0.85, "topicwise": 0.2}[variant])
    if variant != "topicwise":
        chance.shuffle(items)
    else:
        items.sort(key=lambda item: (item[0], ord(item[1][0]) % 5))
    cover = chance.choice([0, 0, 0.1, 0.25])
    temperature = chance.choice([None, None, 0.7, 1, 0])
    most_output = chance.choice([None, None, 1024, 2048, 4096])
    asks_again = chance.choice([0, 0, 0.15])
    pool.facts["cover"] = cover
    for time, account in dispatch(world, pool, requests, (first, first + days)):
        if chance.random() < cover:
            _cover(world, account, time)
            continue
        if not items:
            break
        domain, text, answer = items.pop()
        output = answer if (answer and len(answer) > 300 and world.logs_output) else None
        conversation = world.new_id("conv") if asks_again else None
        tokens = len(output) // 4 if output else output_tokens(world, _TOKENS.get(domain, 560))
        how: Details = {
            "campaign": name,
            "temperature": temperature,
            "most_output": most_output,
            "conversation": conversation,
        }
        how["model"], how["turn"] = target_model(world, time, pool.facts), 1 if conversation else None
        world.send(account, time, text, output, tokens, **how)
        if asks_again and chance.random() < asks_again:
            how["before"] = tokens
            _ask_again(world, account, time, pool.facts, how)
    world.campaigns.append(pool.facts)
    return pool


def _cover(world: World, account: Account, time: float) -> None:
    if world.chance.random() < 0.5:
        chat_session(world, account, time, 3)
    else:
        benign_request(world, account, time)


def _ask_again(world: World, account: Account, time: float, facts: Facts, how: Details) -> None:
    chance = world.chance
    later, text = time + 20 + chance.random() * 60, chance.choice(_QUESTIONS)
    tokens = output_tokens(world, 400)
    how["model"], how["turn"] = target_model(world, time, facts), 2
    world.send(account, later, text, None, tokens, **how)
