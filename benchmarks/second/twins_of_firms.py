"""Benign firms that look like campaigns: one operator, many accounts or much machine traffic, and nothing taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.second import catalogue, wording
from benchmarks.second.accounts import Account, Kind, Route
from benchmarks.second.behaviour import application_call, human_times, live, relay, service_times
from benchmarks.second.texts import application, application_input, passage, single
from benchmarks.second.world import DAY, HOUR, World


@dataclass(frozen=True)
class Firm:
    """A firm to make: declared as one organization or not, with one card or one for each account."""

    actor: str
    declared: bool
    kind: Kind = "dev"
    domain: str | None = None
    one_card: bool = True


def some(world: World, least: int, most: int) -> int:
    """How many of a twin; fewer in small worlds."""
    return max(1, round(world.chance.randint(least, most) * min(1, world.asked.scale + 0.3)))


def one_of(world: World, addresses: Sequence[int]) -> Route:
    """Any of some addresses each time."""
    return lambda _account, _time: world.chance.choice(addresses)


def mostly(world: World, addresses: Sequence[int], share: float, else_at: Callable[[Account], int]) -> Route:
    """One of some addresses in a share of requests, elsewhere in the others."""
    return lambda a, _time: world.chance.choice(addresses) if world.chance.random() < share else else_at(a)


def firm_accounts(world: World, count: int, firm: Firm) -> list[Account]:
    """The accounts of a firm, in its offices."""
    chance = world.chance
    domain = firm.domain or world.firm_domain()
    offices = [world.address("corp") for _ in range(chance.choice([1, 1, 2, 3]))]
    organization = world.new_id("org") if firm.declared else None
    card, base = world.new_id("pay"), world.start - chance.expovariate(1 / (150 * DAY))
    return [
        world.account(
            firm.actor,
            firm.kind,
            email_domain=domain,
            organization_id=organization,
            payment_fingerprint=card if firm.one_card else world.new_id("pay"),
            home=chance.choice(offices),
            signup_address=chance.choice(offices),
            created=base + chance.random() * 40 * DAY * (number > 0),
            plan=chance.choice(["tier3", "scale", "enterprise", "payg"]),
            route=mostly(world, offices, 0.93, lambda account: account.mobile),
        )
        for number in range(count)
    ]


def nightly_evaluations(world: World) -> None:
    chance = world.chance
    accounts = firm_accounts(world, chance.randint(1, 3), Firm("nightly_eval", chance.random() < 0.7, "app"))
    app = application(world)
    texts = [application_input(world, app) for _ in range(chance.randint(60, 220))]
    hour, step = chance.random() * 24, chance.choice([1, 2])
    for day in range(world.days):
        time = world.start + day * DAY + hour * HOUR + chance.random() * 600
        for text in texts[::step]:
            time += chance.expovariate(1 / 6)
            account, tokens = chance.choice(accounts), int(chance.lognormvariate(5, 0.6))
            world.send(account, time, text, None, tokens, system=app.system, temperature=0, most_output=1024)


def key_move(world: World) -> None:
    """Moved to a new key, or a new account, at full rate."""
    chance = world.chance
    old, new = firm_accounts(world, 2, Firm("key_move", chance.random() < 0.6, "app"))
    app, count = application(world), chance.randint(800, 2600)
    move = world.start + world.days * DAY * (0.3 + 0.4 * chance.random())
    new.created = move - chance.random() * 7200
    key, same_account = world.new_id("key"), chance.random() < 0.5
    hosts = [world.address("host") for _ in range(2)]
    for time in service_times(world, count):
        account = old if time < move or same_account else new
        used = key if (time > move and same_account) else None
        application_call(world, account, time, app, key=used, address=chance.choice(hosts))


def build_runners(world: World) -> None:
    """Tests in a build, on a new machine each time."""
    chance = world.chance
    account = firm_accounts(world, 1, Firm("ci_ephemeral", chance.random() < 0.5))[0]
    times = human_times(world, account, chance.randint(40, 120))
    texts = [single(world)[0] for _ in range(25)]
    app = application(world)
    for time in times:
        address, (agent, tls) = world.address("host"), world.client()
        for text in chance.sample(texts, chance.randint(4, 18)):
            time += chance.random() * 4  # noqa: PLW2901
            world.send(
                account,
                time,
                text,
                None,
                chance.randint(5, 200),
                system=app.instruction,
                address=address,
                user_agent=agent,
                tls=tls,
                temperature=0,
                most_output=256,
            )


def backfill(world: World) -> None:
    """A collection of documents indexed in two days."""
    chance = world.chance
    accounts = firm_accounts(world, chance.randint(2, 4), Firm("rag_backfill", chance.random() < 0.5))
    app = application(world)
    app.content = "passage"
    start = world.start + chance.random() * (world.days - 4) * DAY
    hosts = [world.address("host") for _ in range(3)]
    for account in accounts:
        account.plan = "payg"
    for _ in range(chance.randint(1500, 3200)):
        account, time = chance.choice(accounts), start + chance.random() * 2.5 * DAY
        application_call(world, account, time, app, address=chance.choice(hosts))


def gateway(world: World) -> None:
    """Many unrelated customers with their own accounts behind one gateway."""
    chance = world.chance
    hosts = [world.address("host") for _ in range(chance.randint(3, 9))]
    agent = f"gw-proxy/{chance.randint(1, 4)}.{chance.randint(0, 20)}"
    tls = catalogue.tls_fingerprint(f"gw{chance.randint(1, 9**6)}")
    kinds: list[Kind] = ["dev", "app", "dev"]
    for _ in range(chance.randint(35, 75)):
        account = world.account("llm_gateway", chance.choice(kinds), user_agent=agent, tls=tls)
        account.route, account.stripped = one_of(world, hosts), True
        habit = chance.choice(["chat", "dev", "app", "dev"])
        count = int(min(chance.lognormvariate(3, 1.1), 500)) + 1
        if habit == "app":
            app = application(world)
            for time in service_times(world, count):
                application_call(world, account, time, app)
        else:
            live(world, account, habit, count)


def clean_reseller(world: World) -> None:
    """One operator that spreads ordinary users over its own accounts: coordinated, and no harvest."""
    chance = world.chance
    count = chance.randint(10, 24)
    hosts = [world.address("host" if chance.random() < 0.5 else "res") for _ in range(chance.randint(4, 14))]
    agent, tls = world.client()
    start = world.start - chance.random() * 20 * DAY
    cards = [world.new_id("pay") for _ in range(max(1, count // 3))]
    accounts = [
        world.account(
            "reseller_pool_clean",
            "dev",
            user_agent=agent,
            tls=tls,
            payment_fingerprint=chance.choice(cards),
            created=start + chance.random() * 10 * DAY,
            email_domain=chance.choice(["gmail.com", "outlook.com", chance.choice(world.data.internet.disposable)]),
            route=one_of(world, hosts),
        )
        for _ in range(count)
    ]
    for account in accounts:
        account.signup_address, account.stripped = chance.choice(hosts), True
    relay(world, accounts, int(chance.randint(2500, 5000) * world.share), (0, world.days), None, 0)


def audit_trail(world: World) -> None:
    """Decisions that must be explained, on records of one firm."""
    chance = world.chance
    count, declared = chance.randint(4, 10), chance.random() < 0.55
    accounts = firm_accounts(world, count, Firm("audit_trail", declared, one_card=chance.random() < 0.6))
    app = application(world)
    app.content = chance.choice(["record", "record", "passage"])
    demands, requests = chance.sample(wording.AUDIT, chance.randint(1, 3)), chance.randint(1500, 4200)
    for time in service_times(world, requests):
        account = chance.choice(accounts)
        text = application_input(world, app) + "\n\n" + chance.choice(demands).format(n=chance.randint(3, 4))
        tokens = int(chance.lognormvariate(6, 0.5))
        world.send(account, time, text, None, tokens, system=app.system, temperature=0, most_output=2048)


def prompt_library(world: World) -> None:
    """One firm's library of prompts, used by its contractors as well, who are not declared."""
    chance = world.chance
    accounts = firm_accounts(world, some(world, 18, 40), Firm("prompt_library", True))
    for account in accounts[: some(world, 2, 6)]:
        account.organization_id, account.email_domain = None, "gmail.com"
        account.payment_fingerprint = world.new_id("pay")
    for account in accounts:
        for time in human_times(world, account, int(min(chance.lognormvariate(3.3, 0.8), 200))):
            text = chance.choice(wording.LIBRARY) + "\n\n" + passage(world)
            world.send(account, time, text, None, chance.randint(80, 900))


def own_synthetic_data(world: World) -> None:
    """Test records for the firm's own systems."""
    chance = world.chance
    accounts = firm_accounts(world, chance.randint(3, 8), Firm("synth_data_own", True, "app"))
    orders = chance.sample(wording.SYNTHETIC_DATA, 2)
    for time in service_times(world, chance.randint(1200, 3000)):
        account, order = chance.choice(accounts), chance.choice(orders)
        count, batch = chance.randint(5, 50), chance.randint(1, 9999)
        text = order.format(n=count, m=batch, t=chance.choice(wording.TOPICS))
        tokens = int(chance.lognormvariate(7, 0.4))
        world.send(account, time, text, None, tokens, temperature=1, most_output=4096)


def judge_research(world: World) -> None:
    """A university group that lets the model grade answers."""
    chance = world.chance
    domain, count = chance.choice(catalogue.UNIVERSITIES), chance.randint(3, 6)
    declared = chance.random() < 0.5
    firm = Firm("judge_research", declared, domain=domain, one_card=chance.random() < 0.5)
    accounts = firm_accounts(world, count, firm)
    campus = [world.address("uni") for _ in range(2)]
    for account in accounts:
        account.programme = chance.choice(["security_research", "education", "none"])
        account.route = one_of(world, campus)
    judged = world.data.prompts.judged
    chosen = chance.sample(judged, min(len(judged), chance.randint(200, 460)))
    first = chance.random() * 0.5 * world.days
    for text, answer in chosen:
        for _ in range(chance.choice([1, 2, 3])):
            account = chance.choice(accounts)
            time = world.start + (first + chance.random() * world.days * 0.45) * DAY
            kept, tokens = (answer if world.logs_output else None), len(answer or "") // 4
            world.send(account, time, text, kept, tokens, temperature=0, most_output=1024)
