"""Benign crowds that look like campaigns: strangers who share an address, a time, a prompt or a tool."""

from __future__ import annotations

from benchmarks.second import catalogue, wording
from benchmarks.second.accounts import Account, Kind, Route
from benchmarks.second.augment import augmented
from benchmarks.second.behaviour import application_call, human_times, live
from benchmarks.second.texts import application, own_words, passage, single
from benchmarks.second.twins_of_firms import mostly, some
from benchmarks.second.wording import reworded
from benchmarks.second.world import DAY, HOUR, World

_CHAT_OR_DEV: list[Kind] = ["chat", "chat", "dev"]


def failover(world: World) -> None:
    """Unrelated applications that come at another provider's outages."""
    chance = world.chance
    outages = [
        (world.start + chance.random() * (world.days - 1) * DAY, chance.uniform(1, 6) * HOUR)
        for _ in range(chance.randint(3, 6))
    ]
    for _ in range(some(world, 10, 22)):
        account = world.account("failover", "app", home=world.address("host"))
        app, count = application(world), chance.randint(15, 80)
        for begin, length in outages:
            if chance.random() < 0.85:
                for _ in range(count):
                    time = begin + 240 * chance.random() + chance.random() * length
                    application_call(world, account, time, app)


def release_benchmarks(world: World) -> None:
    """Strangers who run public benchmarks on the day of a release."""
    prompts = world.data.prompts
    for _ in range(some(world, 12, 30)):
        _run_benchmark(world, prompts.sums_test, wording.SUM_WRAPPERS)
    for _ in range(some(world, 8, 18)):
        _run_benchmark(world, prompts.functions, wording.FUNCTION_WRAPPERS)


def _run_benchmark(world: World, items: list[str], wrappers: list[str]) -> None:
    chance = world.chance
    if chance.random() < 0.6:
        account = world.account("release_bench", "dev", preferred="big")
    else:
        release = world.start + world.release
        account = chance.choice([a for a in world.ordinary if a.kind == "dev" and a.created < release])
    account.actor = "release_bench"
    time = world.start + world.release + chance.expovariate(1 / (1.1 * DAY))
    if wrappers is wording.SUM_WRAPPERS:
        wrapper = wrappers[0 if chance.random() < 0.75 else 1]
    else:
        wrapper = chance.choice(wrappers)
    if chance.random() < 0.6:
        chosen = items[: chance.choice([50, 100, 200])]
    else:
        chosen = chance.sample(items, min(len(items), chance.randint(40, 200)))
    gap = chance.choice([1, 3, 8])
    for item in chosen[: int(140 * min(1, world.asked.scale + 0.4))]:
        time += chance.expovariate(1 / gap)
        tokens, most = int(chance.lognormvariate(5.2, 0.4)), chance.choice([512, 1024])
        text, model = wrapper.format(x=item), world.models["new"]
        world.send(account, time, text, None, tokens, temperature=0, most_output=most, model=model)


def drift_monitors(world: World) -> None:
    """Strangers with one open tool that sends the same probes every day."""
    chance = world.chance
    probes = [single(world)[0] for _ in range(chance.randint(15, 40))]
    for _ in range(some(world, 6, 14)):
        agent, tls = "driftwatch/0.4 python-httpx/0.27.2", catalogue.tls_fingerprint("py1")
        account = world.account("drift_monitor", "app", home=world.address("host"), user_agent=agent, tls=tls)
        chosen = probes if chance.random() < 0.7 else chance.sample(probes, 12)
        hour, step = chance.random() * DAY, chance.choice([1, 1, 2])
        for day in range(0, world.days, step):
            time = world.start + day * DAY + hour
            for text in chosen:
                time += chance.random() * 5
                world.send(account, time, text, None, chance.randint(20, 400), temperature=0)


def course(world: World) -> None:
    """Students of one university course, with the same homework."""
    chance = world.chance
    count, domain = chance.randint(35, 90), chance.choice(catalogue.UNIVERSITIES)
    base = world.address("uni") & ~0xFF
    campus = [int(base + x) for x in world.rng.integers(1, 250, chance.randint(2, 8))]
    start = world.start + chance.random() * (world.days - 10) * DAY
    homework, language = chance.sample(wording.HOMEWORK, 4), chance.choice(["Java", "Python", "C"])
    voucher = world.new_id("pay") if chance.random() < 0.4 else None
    for _ in range(count):
        account = world.account(
            "course",
            chance.choice(_CHAT_OR_DEV),
            email_domain=domain if chance.random() < 0.85 else "gmail.com",
            programme="education" if chance.random() < 0.7 else "none",
            created=start + chance.random() * 4 * DAY,
            payment_fingerprint=voucher,
            plan="edu",
        )
        account.route = mostly(world, campus, 0.6, lambda a: a.home)
        if chance.random() < 0.8:
            account.signup_address = chance.choice(campus)
        for week, question in enumerate(homework):
            first = (start - world.start) / DAY + week * 2
            for time in human_times(world, account, chance.randint(1, 6), first + 1, first + 4):
                _ask(world, account, time, question.format(l=language, n=chance.randint(1, 3)))


def _ask(world: World, account: Account, time: float, question: str) -> None:
    chance = world.chance
    x = chance.random()
    text = question if x < 0.35 else reworded(chance, question) if x < 0.7 else own_words(world)
    world.send(account, time, text, None, chance.randint(150, 900), conversation=world.new_id("conv"), turn=1)


def hackathon(world: World) -> None:
    chance = world.chance
    count, venue = some(world, 25, 55), [world.address("res") for _ in range(2)]
    start = world.start + chance.random() * (world.days - 3) * DAY
    for _ in range(count):
        created = start - chance.random() * 10 * HOUR
        account = world.account("hackathon", "dev", created=created, payment_fingerprint=None, plan="promo")
        account.signup_address = chance.choice(venue)
        account.route = mostly(world, venue, 0.85, lambda a: a.mobile)
        system = wording.HACKATHON.format(co=world.company())
        for _ in range(chance.randint(8, 60)):
            time, text, tokens = start + chance.random() * 2 * DAY, own_words(world), chance.randint(20, 160)
            world.send(account, time, text, None, tokens, system=system if chance.random() < 0.7 else None)


def viral_prompt(world: World) -> None:
    """One amusing prompt, passed on among ordinary people."""
    chance = world.chance
    prompt, start = chance.choice(wording.VIRAL), world.release * chance.random() + world.start + DAY
    people = [a for a in world.ordinary if a.kind == "chat" and a.created < start]
    for account in chance.sample(people, min(some(world, 120, 260), len(world.ordinary) // 6)):
        account.actor, time = "viral_prompt", start + chance.expovariate(1 / (1.5 * DAY))
        text = prompt if chance.random() < 0.75 else reworded(chance, prompt)
        tokens, conversation = chance.randint(250, 900), world.new_id("conv")
        world.send(account, time, text, None, tokens, conversation=conversation, turn=1, before=600)


def own_key_service(world: World, reasons: bool) -> None:
    """A service whose customers bring their own keys; one template, which may ask for reasoning."""
    chance = world.chance
    app = application(world, reasons)
    app.system = app.instruction
    servers = [world.address("host") for _ in range(chance.randint(2, 6))]
    from_clients, (agent, tls) = chance.random() < 0.5, world.client()
    for _ in range(some(world, 40, 110)):
        account = world.account("byok_saas", "dev", user_agent=agent, tls=tls)
        for time in human_times(world, account, int(min(chance.lognormvariate(2.8, 1), 200)) + 1):
            if from_clients:
                application_call(world, account, time, app)
            else:
                application_call(world, account, time, app, address=chance.choice(servers))


def online_course(world: World) -> None:
    """Strangers with one subject, who sign up within days of an advertisement."""
    chance = world.chance
    domain, first = chance.choice(["math", "code"]), chance.random() * (world.days - 9)
    kinds: list[Kind] = ["dev", "chat", "dev"]
    for _ in range(some(world, 40, 90)):
        kind = chance.choice(kinds)
        created = world.start + first * DAY + chance.expovariate(1 / (1.5 * DAY))
        account = world.account("online_course", kind, created=created)
        for time in human_times(world, account, int(min(chance.lognormvariate(2.6, 0.8), 120)) + 2, first):
            text = augmented(chance, domain, chance.choice(world.data.prompts.items[domain])[0])
            text = text if chance.random() < 0.6 else reworded(chance, text)
            world.send(account, time, text, None, int(chance.lognormvariate(5.6, 0.6)))


def shared_vpn(world: World) -> None:
    """Customers of one commercial VPN."""
    chance = world.chance
    exits = [world.address("vpn") for _ in range(chance.randint(18, 40))]
    for _ in range(some(world, 60, 130)):
        habit: Kind = chance.choice(_CHAT_OR_DEV)
        account = world.account("vpn_user", habit)
        account.route = _vpn_route(world, exits)
        account.signup_address = chance.choice(exits)
        live(world, account, habit, int(min(chance.lognormvariate(2.2, 1.1), 300)) + 1)


def _vpn_route(world: World, exits: list[int]) -> Route:
    """An exit in seven of ten spells of two hours, home in the others."""

    def at(account: Account, time: float) -> int:
        tunnelled = (int(time / 7200) * 7919 + account.number) % 10 < 7
        return world.chance.choice(exits) if tunnelled else account.home

    return at


def families(world: World) -> None:
    chance = world.chance
    for _ in range(some(world, 35, 60)):
        home, card, device = world.address("res"), world.new_id("pay"), world.new_id("dev")
        for _ in range(chance.randint(2, 4)):
            paid = card if chance.random() < 0.8 else None
            account = world.account("family", "chat", home=home, payment_fingerprint=paid, signup_address=home)
            account.device_fingerprint = device if chance.random() < 0.35 else account.device_fingerprint
            live(world, account, "chat", int(chance.lognormvariate(2, 1)) + 1)


def framework_users(world: World) -> None:
    """Strangers with the default prompt of one agent framework."""
    chance = world.chance
    for _ in range(some(world, 60, 120)):
        agent, tls = "langchain/0.3.7 httpx/0.27.2", catalogue.tls_fingerprint("py2")
        account = world.account("framework_default", "dev", user_agent=agent, tls=tls)
        tools = chance.sample(wording.TOOL_NAMES, chance.randint(1, 4))
        system = wording.FRAMEWORK.format(tools="\n".join(tools))
        for time in human_times(world, account, int(min(chance.lognormvariate(2.5, 1), 150)) + 1):
            question, history = single(world)[0][:400], ""
            for step in range(chance.choice([1, 2, 3])):
                text, tokens = "Question: " + question + history, chance.randint(40, 220)
                world.send(account, time + step * 6, text, None, tokens, system=system, temperature=0)
                history += f"\nThought: I should look this up\nAction: {chance.choice(tools)}"
                history += f"\nAction Input: {question[:30]}\nObservation: {passage(world, 50, 200)}"
