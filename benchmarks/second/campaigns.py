"""The kinds of campaign, and which of them a kind of world holds."""

from __future__ import annotations

from benchmarks.second import wording
from benchmarks.second.accounts import Kind, Route
from benchmarks.second.agentic import agentic
from benchmarks.second.behaviour import benign_request, live, relay
from benchmarks.second.harvest import (
    DOMAINS,
    output_tokens,
    take_items,
    target_model,
    template_sender,
    with_reasoning,
)
from benchmarks.second.pools import Pool, Proxies, Wanted, any_hardness, dispatch, draw_pool, draw_proxies, route_over
from benchmarks.second.unrepeated import unrepeated
from benchmarks.second.wording import reworded
from benchmarks.second.world import DAY, HOUR, World


def injected(world: World, name: str, hardness: str, proxies: Proxies | None = None) -> None:
    """One fixed prompt injected in every request."""
    chance, count = world.chance, world.chance.randint(30, 140)
    length = min(world.days - 1, chance.randint(9, 24))
    first = chance.random() * (world.days - length)
    last = first + length
    pool = draw_pool(world, Wanted(name, count, hardness, first), proxies)
    requests = int(min(14000, count * (last - first) * chance.uniform(4, 18)) * world.share)
    prompt, place = wording.fixed_prompt(chance.random()), chance.choice(["sys", "pre", "post"])
    cover, relayed = chance.choice([0, 0, 0.05, 0.2]), chance.random() < 0.5
    facts = pool.facts
    facts.update(type="fixed prompt injected", place=place, relays_user_prompts=relayed)
    domains = ["code", "inst", "math", "api", "role", "tool"]
    items = take_items(world, domains, requests // 2 if relayed else requests)
    for time, account in dispatch(world, pool, requests, (first, last)):
        if chance.random() < cover:
            benign_request(world, account, time)
            continue
        answer: str | None = None
        if (relayed and chance.random() < 0.5) or not items:
            text = reworded(chance, chance.choice(world.next_conversation()).text)
        else:
            _, text, answer = items.pop()
        text = {"sys": text, "pre": prompt + "\n\n" + text, "post": text + "\n\n" + prompt}[place]
        tokens, output = output_tokens(world, 800), with_reasoning(world, answer, "reasoning")
        world.send(
            account,
            time,
            text,
            output,
            tokens,
            system=prompt if place == "sys" else None,
            campaign=name,
            model=target_model(world, time, facts),
            temperature=facts.setdefault("temp", chance.choice([None, 0.6, 0.7, 1])),
            most_output=facts.setdefault("maxo", chance.choice([None, 4096, 8192])),
            reasoning=0,
        )
    world.campaigns.append(facts)


def templated(world: World, name: str, hardness: str, style: str | None = None, proxies: Proxies | None = None) -> Pool:
    """Items inside 5 to 40 templates of one style; in half of them after probes with every style."""
    chance, count = world.chance, world.chance.randint(25, 160)
    length = min(world.days - 1, chance.randint(8, 25))
    first = chance.random() * (world.days - length)
    last = first + length
    pool = draw_pool(world, Wanted(name, count, hardness, first), proxies)
    requests = int(min(13000, count * (last - first) * chance.uniform(4, 16)) * world.share)
    pool.facts["type"] = "templates"
    send, cover = template_sender(world, pool.facts, requests, style), chance.choice([0, 0.05, 0.15])
    no_probe = chance.random() < 0.5
    probes = [] if no_probe else [template_sender(world, {"campaign": name}, 20, each, 8) for each in DOMAINS]
    probed_until = world.start + (first + 1.2) * DAY
    for time, account in dispatch(world, pool, requests, (first, last)):
        if chance.random() < cover:
            benign_request(world, account, time)
        elif probes and time < probed_until:
            chance.choice(probes)(account, time)
        else:
            send(account, time)
    pool.facts["probe"] = bool(probes)
    world.campaigns.append(pool.facts)
    return pool


def bystanders(world: World, name: str, proxies: Proxies, count: int) -> None:
    """Innocent people on the addresses of a campaign."""
    chance, route = world.chance, route_over(world, proxies)
    kinds: list[Kind] = ["chat", "chat", "dev"]
    for _ in range(count):
        habit = chance.choice(kinds)
        account, home_share = world.account("bystander:" + name, habit), chance.uniform(0.4, 1)
        account.route = _partly(world, route, home_share)
        if chance.random() < 0.6:
            account.signup_address = chance.choice(proxies.addresses)
        live(world, account, habit, int(min(chance.lognormvariate(2.8, 0.9), 250)) + 2)


def _partly(world: World, route: Route, share: float) -> Route:
    return lambda account, time: route(account, time) if world.chance.random() < share else account.home


def mixed(world: World, name: str, hardness: str, bystander_count: int | None = None) -> None:
    """A relay pool: mostly other people's ordinary requests, the rest harvest."""
    chance, count = world.chance, world.chance.randint(18, 60)
    first, last = chance.random() * world.days * 0.25, world.days - chance.random() * world.days * 0.15
    proxies = draw_proxies(world, count, hardness, chance.choice(["host", "res", "mix"]))
    pool = draw_pool(world, Wanted(name, count, hardness, first), proxies)
    for account in pool.accounts:
        account.stripped = True
    requests = int(min(16000, count * (last - first) * chance.uniform(12, 35)) * world.share)
    share = chance.choice([0.12, 0.15, 0.15, 0.2])
    pool.facts.update(type="mixed relay pool", harvest_share=share)
    send = template_sender(world, pool.facts, int(requests * share * 1.2) + 50, templates=chance.randint(5, 20))
    relay(world, pool.accounts, requests, (first, last), send, share)
    if bystander_count is None:
        bystander_count = chance.choice([0, 15, 40])
    pool.facts["bystanders"] = bystander_count
    bystanders(world, name, proxies, bystander_count)
    world.campaigns.append(pool.facts)


def replaced(world: World, name: str, hardness: str) -> None:
    """Banned in mid-campaign; a second pool takes over with the same work."""
    chance = world.chance
    length = min(world.days - 2, chance.randint(12, 22))
    first = chance.random() * (world.days - length - 1)
    cut, count = first + length * chance.uniform(0.35, 0.6), chance.randint(25, 80)
    requests = int(min(6000, count * (cut - first) * chance.uniform(6, 18)) * world.share)
    style = chance.choice(list(DOMAINS))
    pool = draw_pool(world, Wanted(name, count, hardness, first))
    pool.facts.update(type="replaced pool after ban", ban_day=round(cut, 2))
    send = template_sender(world, pool.facts, requests * 2 + 50, style)
    ban = world.start + cut * DAY
    banned = {account.number: ban + chance.random() * 3 * HOUR for account in pool.accounts}
    for time, account in dispatch(world, pool, requests, (first, cut + 0.1), True):
        if time <= banned[account.number]:
            send(account, time)
        elif chance.random() < 0.5:
            world.send(account, time, "", None, 0, status=403)
    gap, second_count = chance.choice([2, 6, 12, 36]) / 24, chance.randint(25, 80)
    last, proxies = min(world.days - 0.1, first + length), draw_proxies(world, second_count, hardness)
    if chance.random() < 0.5:  # some addresses are kept
        most = max(2, len(proxies.addresses) // 5)
        old = pool.proxies.addresses
        proxies.addresses[:most] = chance.sample(old, min(len(old), most))
    second = draw_pool(world, Wanted(name, second_count, hardness, cut + gap), proxies)
    if chance.random() < 0.6:  # so is the software
        stacks = [(account.user_agent, account.tls) for account in pool.accounts]
        for account in second.accounts:
            account.user_agent, account.tls = chance.choice(stacks)
    for time, account in dispatch(world, second, int(requests * chance.uniform(0.6, 1.2)), (cut + gap, last)):
        send(account, time)
    pool.facts.update(second_pool=second.facts, accounts=count + second_count)
    world.campaigns.append(pool.facts)


def run_campaigns(world: World) -> None:
    """The campaigns of a kind of world."""
    kind = world.asked.kind
    if kind == "default":
        _default(world)
    elif kind == "unrepeated":
        _unrepeated(world)
    elif kind == "mixed":
        for number, hardness in enumerate(("easy", "medium", "hard"), 1):
            mixed(world, f"mixed{number}", hardness, world.chance.choice([10, 30, 60]))
    elif kind == "shared_proxy":
        _shared_proxy(world)
    elif kind == "june2026":
        hardness = world.chance.choice(["medium", "hard"])
        agentic(world, "june2026", hardness, (world.chance.randint(150, 320), 44, 130000))


def _default(world: World) -> None:
    injected(world, "injected", any_hardness(world))
    pool = templated(world, "templates", any_hardness(world))
    if world.chance.random() < 0.5:
        count = world.chance.choice([15, 30, 50])
        bystanders(world, "templates", pool.proxies, count)
        pool.facts["bystanders"] = count
    mixed(world, "mixed", any_hardness(world))
    unrepeated(world, "unrepeated", any_hardness(world))
    agentic(world, "agentic", any_hardness(world))
    if world.chance.random() < 0.6:
        replaced(world, "replaced", any_hardness(world))


def _unrepeated(world: World) -> None:
    chance = world.chance
    hardness = ["easy", "medium", "hard", any_hardness(world)]
    chance.shuffle(hardness)
    variants = ["set", "para", "set", "topicwise"]
    chance.shuffle(variants)
    for number in range(chance.choice([3, 4])):
        name = f"unrepeated{number + 1}"
        pool = unrepeated(world, name, hardness[number], variant=variants[number])
        if chance.random() < 0.4:
            bystanders(world, name, pool.proxies, 25)
            pool.facts["bystanders"] = 25


def _shared_proxy(world: World) -> None:
    """Campaigns with different aims on one address pool, and one elsewhere."""
    chance = world.chance
    hardness = chance.choice(["medium", "hard"])
    proxies, count = draw_proxies(world, 160, hardness), chance.randint(50, 110)
    first, second = chance.sample(list(DOMAINS), 2)
    templated(world, "proxy_camp1", hardness, first, proxies)
    proxies.each = 0
    if chance.random() < 0.5:
        templated(world, "proxy_camp2", hardness, second, proxies)
    else:
        injected(world, "proxy_camp2", hardness, proxies)
    if chance.random() < 0.6:
        unrepeated(world, "proxy_camp3_unrepeated", "medium", proxies, most=8000)
    bystanders(world, "proxy_camp1", proxies, count)
    templated(world, "alone", any_hardness(world))
