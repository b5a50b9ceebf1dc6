"""Software-engineering episodes with tool results, after a public letter of June 2026: about 26 a day and account."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.second import wording
from benchmarks.second.accounts import Account
from benchmarks.second.harvest import Taken, output_tokens, take_items, target_model
from benchmarks.second.pools import Facts, Wanted, draw_pool
from benchmarks.second.world import DAY, HOUR, World


@dataclass(frozen=True)
class _Plan:
    """What all accounts of the campaign share."""

    name: str
    facts: Facts
    scaffolds: list[str]
    scaffold_share: float
    tools: list[str]
    items: list[Taken]
    rate: float
    profile: str
    phase: float


def agentic(world: World, name: str, hardness: str, size: tuple[int, int, int] | None = None) -> None:
    """The campaign; `size` is accounts, days, most requests. Sign-ups come in batches and live some days."""
    chance = world.chance
    count, length, most = size or (chance.randint(45, 80), min(world.days - 1, chance.randint(9, 14)), 18000)
    first = chance.random() * (world.days - length) if world.days - length > 1 else 0
    pool = draw_pool(world, Wanted(name, count, hardness, first, agents=True))
    rate = 26 * chance.uniform(0.85, 1.15)
    short = min(1.0, most * world.share / (count * rate * length))
    facts = pool.facts
    facts.update(type="june2026 agentic", rate=round(rate, 1))
    scaffolds, scaffold_share = chance.sample(wording.SCAFFOLDS, chance.randint(1, 3)), chance.uniform(0.25, 0.7)
    facts["scaffold_share"] = round(scaffold_share, 2)
    tools, items = wording.AGENT_TOOLS[chance.randrange(4)], take_items(world, ["code", "api"], 400)
    life = max(3, length * short)
    batches = max(3, count // chance.choice([10, 20, 30]))
    starts = [chance.random() * max(0, length - life) for _ in range(batches)]
    facts["life_days"] = round(life, 1)
    profile, phase = chance.choice(["flat", "diurnal"]), chance.random() * 24
    plan = _Plan(name, facts, scaffolds, scaffold_share, tools, items, rate, profile, phase)
    for number, account in enumerate(pool.accounts):
        begin = min(max(0, starts[number % batches] + chance.gauss(0, 0.3)), max(0, length - life))
        days = min(life * chance.uniform(0.7, 1.2), length - begin)
        born = world.start + (first + begin) * DAY
        account.created = born - chance.random() * DAY * chance.choice([0.1, 1, 3])
        busy = 1 if chance.random() < 0.7 else chance.uniform(0.4, 1.5)
        _account_episodes(world, account, plan, (born, days, int(rate * days * busy)))
    world.campaigns.append(facts)


def _account_episodes(world: World, account: Account, plan: _Plan, life: tuple[float, float, int]) -> None:
    """Episodes of 1 to 9 requests until the account's work is done; `life` is birth, days, requests."""
    chance, (born, days, left) = world.chance, life
    for _ in range(3000):
        if left <= 0:
            break
        hour = chance.random() * 24 if plan.profile == "flat" else (plan.phase + chance.gauss(0, 4.5)) % 24
        time = born + int(chance.random() * max(1, days)) * DAY + hour * HOUR
        made_up = chance.random() < 0.6 or not plan.items
        task = wording.engineering_task(chance) if made_up else plan.items.pop()[1]
        steps = min(left, chance.randint(1, 9))
        _episode(world, account, plan, (time, task, steps))
        left -= steps


def _episode(world: World, account: Account, plan: _Plan, work: tuple[float, str, int]) -> None:
    chance, (time, task, steps) = world.chance, work
    system: str | None
    if chance.random() < plan.scaffold_share:
        system = chance.choice(plan.scaffolds)
    else:
        system = chance.choice([None, wording.AGENT_SYSTEMS[chance.randrange(4)]])
    conversation = world.new_id("conv") if chance.random() < 0.7 else None
    address, before = world.address_of(account, time), 0
    for step in range(steps):
        text = task if step == 0 else wording.tool_result(chance, world.data.prompts.passages)
        tokens, model = output_tokens(world, 380), target_model(world, time, plan.facts)
        world.send(
            account,
            time,
            text,
            None,
            tokens,
            system=system,
            campaign=plan.name,
            model=model,
            conversation=conversation,
            turn=step + 1 if conversation else None,
            tools=plan.tools,
            before=before + chance.randint(2000, 9000) * (step == 0),
            address=address,
        )
        before += tokens + len(text) // 4 + 3000 * (step == 0)
        time += chance.lognormvariate(3.2, 0.7)
