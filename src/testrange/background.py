"""Ordinary customers: who they are, how much they use, from where and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testrange import extract, rhythm, seeds
from testrange.language.lexicon import seed_words
from testrange.networks import neighbours
from testrange.population import Population, together
from testrange.setting import AGENT, APPLICATION, CHAT, MODEL_SHARES, NEW_MODEL, Setting

MICRO = 1_000_000
DAY = 86_400 * MICRO
COUNTRIES = {
    "US": (0.29, -6), "IN": (0.12, 5), "BR": (0.06, -3), "GB": (0.06, 0), "DE": (0.06, 1), "JP": (0.05, 9),
    "FR": (0.04, 1), "CA": (0.035, -5), "KR": (0.035, 9), "ES": (0.025, 1), "IT": (0.025, 1), "AU": (0.025, 10),
    "MX": (0.02, -6), "NL": (0.02, 1), "PL": (0.02, 1), "ID": (0.02, 7), "VN": (0.02, 7), "PH": (0.015, 8),
    "TR": (0.015, 3), "SG": (0.015, 8), "SE": (0.01, 1), "CH": (0.01, 1), "AR": (0.01, -3), "MY": (0.01, 8),
    "EG": (0.005, 2), "ZA": (0.005, 2), "MA": (0.004, 1), "AT": (0.006, 1),
}  # fmt: skip
MAIL = {
    "gmail.com": 0.52, "outlook.com": 0.11, "icloud.com": 0.06, "yahoo.com": 0.05, "proton.me": 0.03,
    "hotmail.com": 0.03, "qq.com": 0.015, "gmx.de": 0.012, "163.com": 0.01, "naver.com": 0.01, "own": 0.1,
    "edu": 0.04, "disposable": 0.012,
}  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A kind of ordinary customer. `volume` and `spread` are median and sigma of a lognormal of daily exchanges."""

    name: str
    share: float
    volume: float
    spread: float
    turns: float
    script: int
    family: str
    plans: tuple[float, float, float, float]  # free, pro, team, enterprise
    rhythms: tuple[int, ...]


GATEWAYS = 60
TEMPERATURES = {np.nan: 0.45, 0.0: 0.17, 0.2: 0.09, 0.3: 0.05, 0.7: 0.16, 1.0: 0.08}
LIMITS = {-1: 0.3, 256: 0.05, 512: 0.08, 1024: 0.16, 2048: 0.12, 4096: 0.2, 8192: 0.06, 16384: 0.03}
PLANS = ("free", "pro", "team", "enterprise")
SEGMENTS = (
    Segment(
        "consumer", 0.57, 0.85, 1.25, 3.2, CHAT, "browser", (0.72, 0.27, 0.01, 0.0), (rhythm.HUMAN, rhythm.STUDENT)
    ),
    Segment("coder", 0.12, 1.6, 1.3, 7.0, AGENT, "tool", (0.1, 0.72, 0.15, 0.03), (rhythm.OFFICE, rhythm.HUMAN)),
    Segment("hobby", 0.17, 0.5, 1.5, 1.6, CHAT, "library", (0.3, 0.65, 0.05, 0.0), (rhythm.HUMAN,)),
    Segment("product", 0.14, 1.3, 2.15, 1.15, APPLICATION, "library", (0.03, 0.55, 0.3, 0.12), (rhythm.APPLICATION,)),
)


def background(setting: Setting, accounts: int, exchanges: float) -> Population:
    """Ordinary customers with about `exchanges` requests in the world, declared organisations among them."""
    rng = setting.generator("background")
    sizes = rng.multinomial(accounts, [s.share for s in SEGMENTS])
    people = together([ordinary(setting, rng, int(n), s) for n, s in zip(sizes, SEGMENTS, strict=True)])
    people = _organised(setting, rng, _families(rng, people))
    window = np.maximum(people.last_day - people.first_day, 0)
    expected = people.rate * window
    factor = exchanges / max(expected.sum(), 1.0)
    most = 0.012 * exchanges / np.maximum(window, 1.0)
    return people.but(rate=np.minimum(people.rate * factor, most))


def ordinary(setting: Setting, rng: np.random.Generator, size: int, segment: Segment) -> Population:
    """Independent accounts of one segment. Every group of the range starts from these and changes what it must."""
    making = _Making(setting, rng, size, segment, _countries(rng, size))
    columns = _truth(making) | _sign_up(making) | _activity(making) | _place(making) | _request(making)
    from_home = (rng.random(size) < 0.7) & (not making.library)
    columns["signup_address"] = np.where(from_home, columns["home"], columns["signup_address"])
    return Population(**columns)


@dataclass(frozen=True)
class _Making:
    setting: Setting
    rng: np.random.Generator
    size: int
    segment: Segment
    country: seeds.Words

    @property
    def library(self) -> bool:
        """Whether programs and not people send the requests."""
        return self.segment.family == "library"


Columns = dict[str, Any]


def _truth(making: _Making) -> Columns:
    size = making.size
    return {
        "identity": seeds.mix(making.rng.integers(1, 1 << 63, size)),
        "kind": _filled(size, "benign"),
        "group": _none(size),
        "role": _none(size),
        "harvest_script": np.full(size, -1),
        "harvest_share": np.zeros(size),
    }


def _sign_up(making: _Making) -> Columns:
    """What the provider knows about the account, and the window of its use that follows."""
    setting, rng, size, country = making.setting, making.rng, making.size, making.country
    created = _signups(setting, rng, size)
    plan = seeds.words(PLANS)[seeds.weighted(rng, making.segment.plans, size)]
    paid = (plan != "free") | (making.library & (rng.random(size) < 0.6))
    at_home = setting.networks.homes(rng, country)
    return {
        "created": created,
        "organization": _none(size),
        "email_domain": _mail(rng, size),
        "country": country,
        "billing_country": np.where(rng.random(size) < 0.05, _countries(rng, size), country),
        "payment": seeds.either(paid, tokens(rng, size, "pm_"), None),
        "signup_address": np.where(rng.random(size) < 0.8, at_home, _mobile(setting, rng, country)),
        "device": _devices(rng, size),
        "programme": _programmes(rng, size),
        "plan": plan,
        "first_day": np.clip((created - setting.clock.start) / DAY, 0, None),
        "last_day": _last_days(setting, rng, size),
        "speakers": 1 + (rng.random(size) < 0.1) * rng.integers(1, 12, size) * (1 + 3 * (plan == "enterprise")),
    }


def _activity(making: _Making) -> Columns:
    """How much and when."""
    rng, size, segment = making.rng, making.size, making.segment
    offset = np.array([COUNTRIES[c][1] for c in making.country], dtype=np.int64)
    presence = rng.beta(2.5, 1.5, size) if making.library else rng.beta(1.2, 2.0, size)
    return {
        "rate": rng.lognormal(np.log(segment.volume), segment.spread, size),
        "presence": presence.clip(0.08, 1),
        "unrest": rng.gamma(3.0, 0.22, size),
        "rhythm": _rhythms(making.setting, rng, segment, size),
        "utc_offset": offset + (rng.random(size) < 0.2) * rng.integers(-1, 2, size),
        "beat": (making.library & (rng.random(size) < 0.15)).astype(np.uint64) * rhythm.CRON,
        "beat_share": rng.beta(2, 2, size),
        "turns": 1 + (segment.turns - 1) * rng.gamma(2.0, 0.5, size),
        "pace": rng.lognormal(np.log(12.0 if segment.family == "tool" else 55.0), 0.6, size),
    }


def _place(making: _Making) -> Columns:
    """From where, and with which client."""
    setting, rng, size, segment = making.setting, making.rng, making.size, making.segment
    home = _homes(setting, rng, segment, making.country)
    pool, pool_share = _exits(setting, rng, segment, size)
    return {
        "surface": _surfaces(rng, segment, size),
        "client": setting.software.draw(rng, segment.family, size),
        "second_client": setting.software.draw(rng, segment.family, size),
        "second_share": rng.beta(0.5, 3.0, size),
        "home": home,
        "lease": _leases(rng, home, setting),
        "away": _mobile(setting, rng, making.country),
        "away_share": 0.1 * rng.random(size) if making.library else rng.beta(0.7, 2.5, size),
        "pool": pool,
        "pool_share": pool_share,
    }


def _request(making: _Making) -> Columns:
    """What it writes and which parameters it sends; people in the app send none."""
    rng, size, segment = making.rng, making.size, making.segment
    temperature = rng.choice(list(TEMPERATURES), size, p=list(TEMPERATURES.values()))
    limit = rng.choice(list(LIMITS), size, p=list(LIMITS.values()))
    return {
        "script": np.full(size, segment.script, dtype=np.int64),
        "voice": rng.integers(1, 1 << 63, size).astype(np.uint64),
        "stateless": making.library & (rng.random(size) < 0.7),
        "model": seeds.weighted(rng, MODEL_SHARES, size),
        "next_model": np.full(size, NEW_MODEL),
        "move_day": making.setting.release_day + rng.exponential(9.0, size),
        "move_share": rng.random(size) * (rng.random(size) < 0.45),
        "tokens": _profiles(rng, segment, size),
        "token_scale": rng.lognormal(0.0, 0.35, size),
        "context_scale": rng.lognormal(0.0, 0.5, size),
        "temperature": temperature if making.library else np.full(size, np.nan),
        "max_output": limit if making.library else np.full(size, -1),
        "keys": 1 + rng.poisson(0.5, size),
        "tools": _toolsets(rng, segment, size),
    }


def tokens(rng: np.random.Generator, size: int, prefix: str) -> seeds.Words:
    """Opaque tokens, all of one form."""
    return seeds.words(seeds.hexadecimal(rng.integers(1, 1 << 63, size).astype(np.uint64), prefix).to_pylist())


def paying(people: Population) -> seeds.Flags:
    """Accounts with a payment instrument."""
    return np.array([payment is not None for payment in people.payment], dtype=bool)


def _none(size: int) -> seeds.Words:
    return seeds.words([None] * size)


def _filled(size: int, value: str) -> seeds.Words:
    return seeds.words([value] * size)


def _countries(rng: np.random.Generator, size: int) -> seeds.Words:
    names = list(COUNTRIES)
    return seeds.words([names[i] for i in seeds.weighted(rng, [share for share, _ in COUNTRIES.values()], size)])


def _signups(setting: Setting, rng: np.random.Generator, size: int) -> seeds.Indices:
    """Sign-ups of the past eighteen months, more of them lately, and on while the world runs.

    One in eleven comes on one of seven days when everybody talked about the product.
    """
    span = 548 + setting.clock.days
    age = span * (1 - np.log1p(rng.random(size) * (np.e**1.3 - 1)) / 1.3)
    waves = setting.clock.days - span * setting.generator("waves").random(7) ** 1.5
    day = np.floor(np.where(rng.random(size) < 0.09, waves[rng.integers(0, 7, size)], setting.clock.days - age))
    hour = seeds.weighted(
        rng, np.array([4, 3, 2, 2, 2, 3, 4, 6, 8, 9, 10, 10, 10, 10, 10, 10, 10, 9, 9, 9, 9, 8, 7, 5.5]), size
    )
    found: seeds.Indices = (setting.clock.start + day * DAY + (hour + rng.random(size)) * 3600 * MICRO).astype(np.int64)
    return found


def _last_days(setting: Setting, rng: np.random.Generator, size: int) -> seeds.Floats:
    leaves = rng.random(size) < 0.12
    return np.where(leaves, rng.random(size) * setting.clock.days, float(setting.clock.days))


def _mail(rng: np.random.Generator, size: int) -> seeds.Words:
    names = seeds.words(list(MAIL))[seeds.weighted(rng, list(MAIL.values()), size)]
    names[names == "own"] = own_domains(rng, int((names == "own").sum()))
    names[names == "edu"] = seeds.words(
        [f"uni-{n}.edu" for n in (rng.pareto(1.0, int((names == "edu").sum())) * 6).astype(int) % 900]
    )
    names[names == "disposable"] = disposable(rng, int((names == "disposable").sum()))
    return names


def own_domains(rng: np.random.Generator, size: int) -> seeds.Words:
    """Domains of firms and of people with a domain of their own."""
    lists = seed_words()
    stems, ends = lists["stem"], lists["ending"]
    tops = ("com", "io", "co", "net", "dev", "ai", "de", "fr", "co.uk", "in")
    return seeds.words(
        [
            f"{stems[a]}{ends[b]}{c if c < 60 else ''}.{tops[d]}"
            for a, b, c, d in zip(
                rng.integers(0, len(stems), size),
                rng.integers(0, len(ends), size),
                rng.integers(1, 120, size),
                seeds.weighted(rng, [5, 2, 1, 1, 1, 1, 1, 1, 1, 1], size),
                strict=True,
            )
        ]
    )


def disposable(rng: np.random.Generator, size: int) -> seeds.Words:
    """Disposable domains: a few are used by most."""
    domains = extract.table("disposable_domains")["domain"].to_pylist()
    return seeds.words(domains)[(rng.random(size) ** 2.5 * len(domains)).astype(np.int64)]


def _devices(rng: np.random.Generator, size: int) -> seeds.Words:
    """Device fingerprints: nearly all unique; some are so common that thousands have them (new phones)."""
    own = tokens(rng, size, "dv_")
    common = seeds.words([f"dv_{seeds.number('device', n):016x}" for n in range(400)])
    return np.where(rng.random(size) < 0.09, common[(rng.random(size) ** 2 * 400).astype(np.int64)], own)


def _programmes(rng: np.random.Generator, size: int) -> seeds.Words:
    names = seeds.words(["none", "education", "startup", "security_research"])
    return names[seeds.weighted(rng, [0.93, 0.04, 0.027, 0.003], size)]


def _homes(setting: Setting, rng: np.random.Generator, segment: Segment, country: seeds.Words) -> seeds.Indices:
    """Where it usually comes from: programs from servers (or a laptop), people from home."""
    homes = setting.networks.homes(rng, country)
    if segment.family != "library":
        return homes
    served = rng.random(len(country)) < (0.75 if segment.name == "product" else 0.3)
    return np.where(served, setting.networks.draw(rng, "hosting", len(country)), homes)


def _mobile(setting: Setting, rng: np.random.Generator, country: seeds.Words) -> seeds.Indices:
    """Mobile gateways: each country has few, with hundreds of subscribers behind each."""
    found = np.zeros(len(country), dtype=np.int64)
    for name in np.unique(country.astype(str)):
        gateways = setting.networks.draw(seeds.generator("gateways", name), "mobile", GATEWAYS, str(name))
        rows = country == name
        found[rows] = gateways[(rng.random(int(rows.sum())) ** 1.5 * GATEWAYS).astype(np.int64)]
    return found


def _leases(rng: np.random.Generator, home: seeds.Indices, setting: Setting) -> seeds.Floats:
    """Days after which a home gets another address of its network; 0 where it keeps it, as servers do."""
    at_home = setting.networks.kind[setting.networks.place(home)] == "home"
    days = np.array([0.0, 1.0, 4.0, 9.0, 30.0])[seeds.weighted(rng, [0.45, 0.1, 0.15, 0.15, 0.15], len(home))]
    found: seeds.Floats = days * at_home
    return found


def _rhythms(setting: Setting, rng: np.random.Generator, segment: Segment, size: int) -> seeds.Indices:
    rows = np.array(segment.rhythms)[rng.integers(0, len(segment.rhythms), size)]
    if segment.name != "product":
        return rows
    measured = len(setting.rhythms) - rhythm.MEASURED + rng.integers(0, rhythm.MEASURED, size)
    other = np.array([rhythm.CONTINUOUS, rhythm.NIGHTLY, rhythm.OFFICE])[rng.integers(0, 3, size)]
    return np.where(rng.random(size) < 0.45, measured, np.where(rng.random(size) < 0.5, rows, other))


def _surfaces(rng: np.random.Generator, segment: Segment, size: int) -> seeds.Words:
    if segment.family == "browser":
        return _filled(size, "app")
    names = seeds.words(["api", "amazon-bedrock", "google-vertex", "azure-foundry"])
    return names[seeds.weighted(rng, [0.84, 0.08, 0.05, 0.03], size)]


def _profiles(rng: np.random.Generator, segment: Segment, size: int) -> seeds.Indices:
    """Row of the length profiles: 0 conversation, 1 coding agent, 2 and more a measured ServeGen client."""
    if segment.script != APPLICATION:
        return np.full(size, segment.script)
    return 2 + rng.integers(0, extract.table("servegen_clients").num_rows, size)


def _toolsets(rng: np.random.Generator, segment: Segment, size: int) -> seeds.Indices:
    if segment.family == "tool":
        return 1 + (rng.random(size) < 0.3).astype(np.int64)
    if segment.family == "browser":
        return np.zeros(size, dtype=np.int64)
    return rng.integers(3, 8, size) * (rng.random(size) < 0.22)


def _families(rng: np.random.Generator, people: Population) -> Population:
    """Some pay with the card of the account next to them (family, small firm) or live at its address."""
    size = len(people)
    before = np.maximum(np.arange(size) - 1, 0)
    pays = (rng.random(size) < 0.022) & paying(people) & paying(people)[before]
    lives = rng.random(size) < 0.035
    return people.but(
        payment=np.where(pays, people.payment[before], people.payment),
        home=np.where(lives, people.home[before], people.home),
        country=np.where(lives, people.country[before], people.country),
    )


def _exits(
    setting: Setting, rng: np.random.Generator, segment: Segment, size: int
) -> tuple[seeds.Indices, seeds.Floats]:
    """Users of commercial VPNs and of shared cloud platforms leave through exits that thousands share."""
    product = segment.script == APPLICATION
    used = rng.random(size) < (0.22 if product else 0.055)
    pools = setting.platforms if product else setting.vpns
    share = np.full(size, 0.97) if product else rng.beta(1.5, 1.5, size)
    return np.where(used, np.array(pools)[rng.integers(0, len(pools), size)], -1), share * used


def _organised(setting: Setting, rng: np.random.Generator, people: Population) -> Population:
    """About one account in fourteen belongs to a verified organisation of two to about fifty accounts."""
    size = len(people)
    chosen = rng.permutation(size)[: size // 14]
    sizes = np.minimum(2 + rng.pareto(1.3, size) * 2, 50).astype(np.int64)
    firm = np.searchsorted(np.cumsum(sizes), np.arange(len(chosen)), side="right")
    count = int(firm.max()) + 1 if len(firm) else 0
    mail, token = own_domains(rng, count), tokens(rng, count, "pm_")
    names = tokens(rng, count, "org_")
    office = setting.networks.draw(rng, "home", count)
    names_changed = ("organization", "email_domain", "payment", "home", "plan", "lease")
    columns = {n: getattr(people, n).copy() for n in names_changed}
    columns["lease"][chosen] = 0.0
    columns["organization"][chosen], columns["email_domain"][chosen] = names[firm], mail[firm]
    columns["payment"][chosen] = token[firm]
    columns["plan"][chosen] = seeds.words(["team", "enterprise"])[rng.integers(0, 2, len(chosen))]
    columns["home"][chosen] = [
        int(neighbours(rng, int(office[f]), 1)[0]) if rng.random() < 0.3 else office[f] for f in firm
    ]
    return people.but(**columns)
