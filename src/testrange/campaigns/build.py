"""From the declaration of a campaign to its accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testrange import seeds
from testrange.background import DAY, MICRO, SEGMENTS, disposable, ordinary, own_domains, paying, tokens
from testrange.campaigns.campaign import Campaign
from testrange.language.phrasebook import DOMAINS
from testrange.networks import neighbours
from testrange.population import Population, together
from testrange.scripts import Blend, Conversation, Script, Tasks, Templates, template_texts
from testrange.setting import AGENT, CHAT, NEW_MODEL, Setting

HARVESTER_SHARE = 0.7
"""From this share of harvest on, an account counts as harvester and not as mixed."""


def campaign_population(setting: Setting, campaign: Campaign, scale: float, everyone: Population) -> Population:
    """The accounts of a campaign (both pools, if one is replaced) and its bystanders."""
    rng = setting.generator("campaign", campaign.name)
    size = max(4, round(campaign.accounts * scale))
    common = _Common(setting, campaign, size, everyone, rng)
    pools = [_members(common, size, campaign.start_day, _end(setting, campaign))]
    if campaign.ban_day is not None:
        opens = campaign.start_day + campaign.ban_day + 0.25
        pools.append(_members(common, size, opens, campaign.start_day + campaign.days))
    if campaign.bystanders:
        pools.append(_bystanders(common, max(2, round(campaign.bystanders * scale))))
    return together(pools)


def _end(setting: Setting, campaign: Campaign) -> float:
    last = campaign.days if campaign.ban_day is None else campaign.ban_day
    return min(campaign.start_day + last, float(setting.clock.days))


class _Common:
    """What all accounts of a campaign have in common: exits, wording, working hours, client software."""

    def __init__(
        self, setting: Setting, campaign: Campaign, size: int, everyone: Population, rng: np.random.Generator
    ) -> None:
        self.setting, self.campaign, self.rng = setting, campaign, rng
        self.exits = _exits(setting, campaign, size, everyone, rng)
        self.pool = setting.add_pool(self.exits)
        self.rhythm = setting.add_rhythm(_working_hours(setting, campaign, rng))
        self.scripts = [setting.add_script(script) for script in _scripts(campaign)]
        self.cover = setting.add_script(Conversation(domains=_domains(campaign)))
        self.clients = setting.software.draw(rng, "library", 4)
        self.beat = seeds.number(setting.seed, campaign.name, "beat")
        self.offset = int(rng.integers(-8, 9))
        self.models = rng.dirichlet([2.0, 0.6, 2.0, 0.4])


def _members(common: _Common, size: int, first: float, last: float) -> Population:
    """One pool of accounts: ordinary looks, then what the operation makes alike."""
    campaign, rng = common.campaign, common.rng
    people = _bought(common, _paid(common, _signed_up(common, _account_types(common, size), first)))
    harvest = 1.0 - campaign.cover
    start = first + rng.gamma(2.0, 0.35, size)
    people = people.but(
        kind="campaign",
        group=campaign.group,
        role="harvester" if harvest >= HARVESTER_SHARE else "mixed",
        rate=campaign.exchanges_per_account_day * rng.lognormal(-0.02, 0.2, size),
        first_day=start,
        last_day=np.maximum(last - rng.exponential(0.4, size), start),
        presence=0.96,
        unrest=rng.gamma(3.0, 0.06, size),
        rhythm=common.rhythm,
        utc_offset=common.offset,
        beat=np.full(size, common.beat, dtype=np.uint64),
        beat_share=campaign.synchrony,
        harvest_script=np.array(common.scripts)[(rng.random(size) > 0.7).astype(np.int64) % len(common.scripts)],
        harvest_share=harvest,
        pool=common.pool,
        pool_share=rng.beta(20, 1, size),
        model=seeds.weighted(rng, common.models, size),
    )
    return _covered(common, _requested(common, _equipped(common, people)))


def _account_types(common: _Common, size: int) -> Population:
    """Varied types: app, coding tool and API accounts, over several surfaces."""
    rng = common.rng
    sizes = rng.multinomial(size, common.campaign.method.segments)
    parts = [ordinary(common.setting, rng, int(n), s) for n, s in zip(sizes, SEGMENTS, strict=True)]
    return together(parts).take(rng.permutation(size))


def _equipped(common: _Common, people: Population) -> Population:
    """Client software: mostly a few common libraries of the controller, by how little devices rotate."""
    campaign, rng, size = common.campaign, common.rng, len(people)
    shared = (rng.random(size) > campaign.rotation.devices * 0.6) & (people.surface != "app")
    return people.but(
        client=np.where(shared, common.clients[rng.integers(0, 4, size)], people.client),
        second_client=np.where(shared, common.clients[rng.integers(0, 4, size)], people.second_client),
        stateless=people.stateless | (shared & (rng.random(size) < 0.6)),
        surface=_pathways(common, people),
    )


def _pathways(common: _Common, people: Population) -> seeds.Words:
    """API accounts are spread over the provider's own API and cloud marketplaces."""
    rng, size = common.rng, len(people)
    clouds = seeds.words(["amazon-bedrock", "google-vertex", "azure-foundry"])[rng.integers(0, 3, size)]
    chosen = seeds.either(rng.random(size) < common.campaign.method.clouds, clouds, "api")
    return seeds.either(people.surface == "app", "app", chosen)


def _requested(common: _Common, people: Population) -> Population:
    """Request parameters: long answers, the controller's tools, and the move to a new model."""
    method, rng, size = common.campaign.method, common.rng, len(people)
    moves = common.setting.release_day + rng.uniform(0.1, 0.9, size)
    programmed = people.surface != "app"
    longer = np.array([-1, 4096, 8192, 16384])[rng.integers(0, 4, size)]
    declared = programmed & (rng.random(size) < 0.75) & bool(method.tools)
    return people.but(
        turns=method.turns,
        tokens=np.where(method.agent & (rng.random(size) < 0.8), AGENT, CHAT),
        token_scale=people.token_scale * (3.0 if method.agent else 2.0),
        context_scale=people.context_scale * 0.3,
        tools=np.where(
            declared, np.array(method.tools or (0,))[rng.integers(0, len(method.tools) or 1, size)], people.tools
        ),
        next_model=NEW_MODEL,
        move_day=moves if method.pivots else people.move_day,
        move_share=0.5 if method.pivots else people.move_share,
        max_output=np.where(programmed & (people.max_output >= 0), longer, people.max_output),
    )


def _covered(common: _Common, people: Population) -> Population:
    """Ordinary requests between the harvest: of a reseller's customers, or made up by the operator."""
    campaign, rng, size = common.campaign, common.rng, len(people)
    speakers = rng.integers(20, 120, size) if campaign.method.resold else 1 + rng.integers(0, 4, size)
    return people.but(script=common.cover if not campaign.method.resold else people.script, speakers=speakers)


def _signed_up(common: _Common, people: Population, first: float) -> Population:
    """Sign-ups in a few sittings over the weeks before the start, from exits of the campaign, mail in bulk."""
    campaign, rng, size = common.campaign, common.rng, len(people)
    sittings = max(2, size // 35)
    moment = first - rng.gamma(2.0, 5.0, sittings) - 0.3
    lone = rng.random(size) < 0.25
    day = np.where(
        lone,
        first - rng.gamma(2.0, 12.0, size) - 0.2,
        moment[rng.integers(0, sittings, size)] + rng.gamma(1.5, 0.06, size),
    )
    day = np.minimum(day, first - 0.05)
    racks = np.array([int(neighbours(rng, int(e), 1)[0]) for e in rng.choice(common.exits, max(2, size // 12))])
    own_exit = rng.random(size) < campaign.rotation.addresses
    return people.but(
        created=(common.setting.clock.start + day * DAY).astype(np.int64) // MICRO * MICRO
        + rng.integers(0, MICRO, size),
        organization=None,
        signup_address=np.where(own_exit, rng.choice(common.exits, size), racks[rng.integers(0, len(racks), size)]),
        email_domain=_mail(common, people),
    )


def _mail(common: _Common, people: Population) -> seeds.Words:
    """Ordinary mail mostly; some disposable; some on domains registered for the purpose."""
    rng, size = common.rng, len(people)
    kind = seeds.weighted(rng, common.campaign.method.mail, size)
    bulk = own_domains(rng, max(1, size // 25))
    return np.where(kind == 0, people.email_domain, np.where(kind == 1, disposable(rng, size), rng.choice(bulk, size)))


def _paid(common: _Common, people: Population) -> Population:
    """Payment instruments and devices, each own or shared by 5 to 40 accounts; free accounts pay with nothing."""
    rng, rotation, size = common.rng, common.campaign.rotation, len(people)
    payment = _shared_tokens(rng, size, 1 - rotation.payments, "pm_")
    device = _shared_tokens(rng, size, 1 - rotation.devices, "dv_")
    return people.but(
        payment=seeds.either(~paying(people), None, payment),
        device=np.where(rng.random(size) < 0.06, people.device, device),
    )


def _bought(common: _Common, people: Population) -> Population:
    """Some accounts come from a shop, and bear what its other goods bear. Who it is sold to makes no difference."""
    shop = common.campaign.shop
    if shop is None:
        return people
    stock = common.setting.generator("shop", shop.name)
    cards, devices = tokens(stock, shop.stock, "pm_"), tokens(stock, shop.stock, "dv_")
    racks = neighbours(stock, int(common.setting.networks.draw(stock, "hosting", 1)[0]), shop.stock)
    rng, size = common.setting.generator("bought", common.campaign.name), len(people)
    chosen = rng.random(size) < shop.share
    card, device, rack = (rng.integers(0, shop.stock, size) for _ in range(3))
    return people.but(
        payment=np.where(chosen & paying(people), cards[card], people.payment),
        device=np.where(chosen, devices[device], people.device),
        signup_address=np.where(chosen, racks[rack], people.signup_address),
    )


def _shared_tokens(rng: np.random.Generator, size: int, share: float, prefix: str) -> seeds.Words:
    """Tokens of their own, except a share of accounts in clusters of 5 to 40."""
    own = tokens(rng, size, prefix)
    sharing = np.flatnonzero(rng.random(size) < share)
    cluster = np.searchsorted(np.cumsum(rng.integers(5, 41, size)), np.arange(len(sharing)), side="right")
    own[sharing] = tokens(rng, int(cluster.max(initial=0)) + 1, prefix)[cluster]
    return own


def _bystanders(common: _Common, size: int) -> Population:
    """Customers with nothing in common with the campaign but its exits."""
    people = _account_types(common, size)
    return people.but(
        kind="campaign",
        group=common.campaign.group,
        role="bystander",
        pool=common.pool,
        pool_share=common.rng.beta(6, 1.5, size),
        rate=common.rng.lognormal(1.0, 0.9, size),
    )


def _exits(
    setting: Setting, campaign: Campaign, size: int, everyone: Population, rng: np.random.Generator
) -> seeds.Indices:
    """Proxy exits. Residential proxies run in ordinary homes, some of them homes of customers."""
    sessions = size * campaign.exchanges_per_account_day * min(campaign.days, setting.clock.days)
    count = min(3 + int(campaign.rotation.addresses**3 * sessions), 250_000)
    if campaign.proxy is not None:
        rng, count = setting.generator("proxy", campaign.proxy.name), campaign.proxy.exits
    kinds = rng.multinomial(count, campaign.method.exits)
    parts = [
        setting.networks.draw(rng, kind, int(n)) for kind, n in zip(("home", "hosting", "vpn"), kinds, strict=True)
    ]
    exits = np.concatenate(parts)
    hosted = rng.random(count) < 0.04 * campaign.method.exits[0]
    return np.where(hosted, rng.choice(everyone.home, count), exits)


def _working_hours(setting: Setting, campaign: Campaign, rng: np.random.Generator) -> seeds.Floats:
    """Hours in which the controller dispatches work, with pauses; volume changes by the day."""
    days = setting.clock.days
    begin = int(rng.integers(0, 24))
    open_hours = (np.arange(24) - begin) % 24 < campaign.method.hours
    shape = np.where(open_hours, 1.0, 0.08) * rng.lognormal(0.0, 0.25, 24)
    weights = np.tile(shape / shape.mean(), (days, 1)) * rng.lognormal(-0.02, 0.2, (days, 1))
    pauses = rng.random((days, 24)) < 0.05
    weights = np.where(pauses, weights * 0.05, weights)
    found: seeds.Floats = weights / weights.mean()
    return found


def _domains(campaign: Campaign) -> tuple[int, ...]:
    return tuple(DOMAINS.index(d) for d in campaign.method.domains)


def _scripts(campaign: Campaign) -> list[Script]:
    """What the harvest looks like: templates for its repeated share, generated tasks for the rest."""
    texts = template_texts(campaign.method.texts)[: campaign.templates]
    tasks = Tasks(_domains(campaign))
    if not campaign.method.injected:
        repeated = Templates(texts, variety=campaign.variety, base=tasks)
        return [Blend(repeated, tasks, campaign.repeated)]
    talk = Conversation(domains=_domains(campaign))
    before, after = (tuple(t) for t in ([f"{texts[0]}\n\n{{message}}"], [f"{{message}}\n\n{texts[0]}"]))
    in_message = Templates(after, base=talk)
    as_system = replace(in_message, texts=texts, as_system=True)
    return [Blend(in_message, Templates(before, base=talk), 0.9), as_system]
