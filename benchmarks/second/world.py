"""A world while it is made: the draws, the accounts, the requests."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np

from benchmarks.second import catalogue, wording
from benchmarks.second.accounts import NEVER, Account, Given, Kind
from benchmarks.second.data import Data, Item, Numbers, Turn
from benchmarks.second.wording import reworded

HOUR = 3600.0
DAY = 86400.0
KINDS = ("default", "unrepeated", "mixed", "shared_proxy", "june2026", "none")
_FIRM_ENDINGS = [".com", ".com", ".io", ".de", ".co", ".net", ".ai", ".fr", ".co.uk"]


class Details(TypedDict, total=False):
    """What else a request carries. `before` counts tokens that are not in the text; `campaign` is the truth."""

    system: str | None
    before: int
    campaign: str
    address: int
    conversation: str | None
    turn: int | None
    tools: list[str] | None
    temperature: float | None
    most_output: int | None
    model: str
    user_agent: str
    tls: str
    reasoning: int
    status: int
    key: str | None


class Request(NamedTuple):
    """One request as sent; times in seconds."""

    time: float
    account: int
    model: str
    key: str
    address: int
    user_agent: str
    tls: str
    text: str
    output: str | None
    output_tokens: int | None
    status: int
    details: Details


@dataclass(frozen=True)
class Asked:
    """Which world is made. `scale` shrinks everything, `volume` multiplies ordinary users alone."""

    kind: str
    seed: int
    scale: float = 1.0
    volume: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}"


@dataclass
class Kept:
    """Lists that fill as the world is made."""

    addresses: dict[str, list[int]] = field(default_factory=dict)
    shared_lines: list[int] = field(default_factory=list)
    popular_disposable: list[str] = field(default_factory=list)


class World:
    """The state of a world. `chance` draws single things, `rng` draws arrays."""

    def __init__(self, asked: Asked, data: Data) -> None:
        self.asked, self.data = asked, data
        self.chance = chance = random.Random(f"{asked.kind}-{asked.seed}")
        self.rng = np.random.default_rng([asked.seed, sum(map(ord, asked.kind))])
        self.days: int = 45 if asked.kind == "june2026" else chance.choice([14, 16, 18, 21, 21, 24, 28, 30, 35])
        self.start = datetime(2026, chance.randint(1, 9), chance.randint(1, 28), tzinfo=UTC).timestamp()
        self.release = self.days * (0.3 + 0.4 * chance.random()) * DAY
        self.models = _models(chance)
        self.accounts: list[Account] = []
        self.ordinary: list[Account] = []
        self.requests: list[Request] = []
        self.campaigns: list[dict[str, Any]] = []
        self._order = list(range(len(data.prompts.conversations)))
        chance.shuffle(self._order)
        self._taken = 0
        self.items = {domain: chance.sample(found, len(found)) for domain, found in data.prompts.items.items()}
        self.logs_output = chance.random() < 0.7
        self.textless = chance.choice([0, 0, 0.04, 0.1])
        self._kept = Kept()
        self.mobile_gateways = [int(x) for x in self._draw_addresses("mob", chance.randint(150, 400))]

    @property
    def share(self) -> float:
        """By how much campaigns shrink in a small world."""
        return min(1, self.asked.scale + 0.2)

    # Addresses

    def _draw_addresses(self, line: str, count: int) -> Numbers:
        internet = self.data.internet
        rows, shares = internet.ranges[line]
        row = rows[np.minimum(np.searchsorted(shares, self.rng.random(count)), len(rows) - 1)]
        start, size = internet.start[row], internet.end[row] - internet.start[row] + 1
        return np.asarray(start + (self.rng.random(count) * size).astype(np.int64), np.int64)

    def address(self, line: str) -> int:
        """A new address on a kind of line."""
        left = self._kept.addresses.get(line)
        if not left:
            left = self._kept.addresses[line] = [int(x) for x in self._draw_addresses(line, 4000)]
        return left.pop()

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{self.chance.getrandbits(64):016x}"

    # Software and mail

    def browser(self) -> tuple[str, str]:
        """A browser and the fingerprint of its TLS stack."""
        internet = self.data.internet
        at = int(np.searchsorted(internet.browser_shares, self.chance.random()))
        agent = internet.browsers[min(at, len(internet.browsers) - 1)]
        found = re.search(r"(Chrome|Firefox|Version|CriOS|FxiOS|Edg)/(\d+)", agent)
        stack = found.group(1) + str(int(found.group(2)) // 6) if found else "x"
        return agent, catalogue.tls_fingerprint("br" + stack)

    def client(self) -> tuple[str, str]:
        """A client library and the fingerprint of its TLS stack."""
        if self.chance.random() < 0.04:
            name, stack = self.chance.choice(catalogue.RARE_CLIENTS)
            return name, catalogue.tls_fingerprint(stack)
        at = int(np.searchsorted(catalogue.CLIENT_SHARES, self.chance.random()))
        name, stack = catalogue.CLIENTS[min(at, len(catalogue.CLIENTS) - 1)]
        variant = "" if self.chance.random() < 0.8 else self.chance.choice(["b", "c", "d"])
        return name, catalogue.tls_fingerprint(stack + variant)

    def mail(self) -> str:
        """The domain of a new customer's address."""
        x = self.chance.random()
        if x < 0.78:
            return self.chance.choices(catalogue.FREE_MAIL, catalogue.FREE_MAIL_WEIGHTS)[0]
        if x < 0.90:
            return self.firm_domain()
        if x < 0.96:
            return self.chance.choice(catalogue.UNIVERSITIES)
        if self.chance.random() < 0.7:
            return self.popular_disposable()
        return self.chance.choice(self.data.internet.disposable)

    def popular_disposable(self) -> str:
        """A much used disposable domain. Thirty are drawn each time and the first thirty kept."""
        drawn = self.chance.sample(self.data.internet.disposable, 30)
        if not self._kept.popular_disposable:
            self._kept.popular_disposable = drawn
        return self._kept.popular_disposable[min(29, int(self.chance.expovariate(0.15)))]

    def firm_domain(self) -> str:
        return self.company().lower() + self.chance.choice(_FIRM_ENDINGS)

    def company(self) -> str:
        return self.chance.choice(wording.COMPANY_FIRST) + self.chance.choice(wording.COMPANY_SECOND)

    # Accounts

    def account(self, actor: str = "ordinary", kind: Kind = "chat", **given: Unpack[Given]) -> Account:
        """A new account; what is not given is drawn as for anybody."""
        chance = self.chance
        home = -1 - chance.getrandbits(40) if chance.random() < 0.07 else self.address("res")
        if actor == "ordinary" and chance.random() < 0.09:
            home = self._shared_line()
        account = Account(
            account_id=f"acct_{chance.getrandbits(56):014x}",
            actor=actor,
            kind=kind,
            home=home,
            key=self.new_id("key"),
            surface=self._surface(kind),
            email_domain=self.mail(),
            created=self._created(),
            payment_fingerprint=self.new_id("pay") if chance.random() < (0.45 if kind == "chat" else 0.9) else None,
            signup_address=home,
            device_fingerprint=self.new_id("dev") if chance.random() < 0.93 else None,
            preferred=self._preferred(),
            migrates=chance.expovariate(1 / (6 * DAY)) if chance.random() < 0.5 else NEVER,
            mobile=chance.choice(self.mobile_gateways),
            number=len(self.accounts),
        )
        self._equip(account)
        for name, value in given.items():
            setattr(account, name, value)
        self.accounts.append(account)
        return account

    def _shared_line(self) -> int:
        """Dormitories, offices, carriers' gateways. Lines are drawn each time and the first kept."""
        chance = self.chance
        count = int(60 + self.asked.scale * self.asked.volume * 60)
        drawn = [self.address(chance.choice(["res", "res", "uni", "corp"])) for _ in range(count)]
        lines = self._kept.shared_lines = self._kept.shared_lines or drawn
        if chance.random() < 0.5:
            return lines[min(len(lines) - 1, int(chance.paretovariate(0.6)) - 1)]
        return chance.choice(lines)

    def _surface(self, kind: Kind) -> str:
        if kind == "chat":
            return "app"
        return "api" if self.chance.random() < 0.88 else self.chance.choice(["cloud-east", "cloud-azur"])

    def _created(self) -> float:
        chance = self.chance
        if chance.random() < 0.82:
            return self.start - chance.expovariate(1 / (200 * DAY))
        if chance.random() < 0.75:
            return self.start + chance.random() * self.days * 0.9 * DAY
        return self.start + self.release + chance.expovariate(1 / DAY)

    def _preferred(self) -> str:
        x = self.chance.random()
        return "big" if x < 0.45 else "mid" if x < 0.65 else "small" if x < 0.93 else "old"

    def _equip(self, account: Account) -> None:
        chance, kind = self.chance, account.kind
        account.user_agent, account.tls = self.browser() if kind == "chat" else self.client()
        if kind == "agent":
            account.user_agent = chance.choice(catalogue.AGENTS)
            account.tls = catalogue.tls_fingerprint("node20" if chance.random() < 0.7 else "rust")
        if kind == "chat":
            account.plan = chance.choice(["plus", "plus", "pro"]) if account.payment_fingerprint else "free"
        else:
            paid = chance.random() < 0.9
            account.plan = chance.choice(["payg", "payg", "payg", "tier2", "tier3", "scale"]) if paid else "enterprise"
        x = chance.random()
        if x < 0.02:
            account.programme = "startup"
        elif x < 0.04 and account.email_domain in catalogue.UNIVERSITIES:
            account.programme = "education"

    def address_of(self, account: Account, time: float) -> int:
        """Where an account is at a time: home, on the move, at work, or as its route says."""
        if account.route:
            return account.route(account, time)
        chance, x = self.chance, self.chance.random()
        if x < 0.72 or account.kind == "app":
            return self._home(account, time)
        if x < 0.9:
            return account.mobile if chance.random() < 0.6 else chance.choice(self.mobile_gateways)
        if account.office is None:
            account.office = self.address("corp" if chance.random() < 0.6 else "res")
        return account.office

    def _home(self, account: Account, time: float) -> int:
        """The home line, with a new address every few weeks where it is dynamic."""
        home = account.home
        if account.kind == "app" or home < 0:
            return home
        account.renewal = account.renewal or self.chance.choice([9, 20, 40, 400, 400])
        renewals = int((time - self.start) // (account.renewal * DAY))
        while len(account.leased) < renewals:
            account.leased.append((home & ~0xFFFF) | self.chance.getrandbits(16))
        return home if renewals <= 0 else account.leased[renewals - 1]

    # Requests

    def send(
        self,
        account: Account,
        time: float,
        text: str,
        output: str | None = None,
        tokens: int | None = None,
        **details: Unpack[Details],
    ) -> None:
        """One request, unless it lies outside of the days."""
        if not 0 <= time - self.start < self.days * DAY:
            return
        chance = self.chance
        if time < account.created:
            early = chance.random() < 0.7
            account.created = time - 60 - chance.random() * 7200 if early else time - chance.random() * 3 * DAY
        status = details["status"] if "status" in details else self._status()
        if status != 200:
            output, tokens = None, 0
        if account.stripped:
            details["conversation"] = details["turn"] = None
        self.requests.append(
            Request(
                time,
                account.number,
                details.get("model") or self._model(account, time),
                details.get("key") or account.key,
                details["address"] if "address" in details else self.address_of(account, time),
                details.get("user_agent") or account.user_agent,
                details.get("tls") or account.tls,
                text,
                output,
                tokens,
                status,
                details,
            )
        )

    def _status(self) -> int:
        x = self.chance.random()
        return 200 if x < 0.985 else 429 if x < 0.991 else 500 if x < 0.995 else 529 if x < 0.998 else 400

    def _model(self, account: Account, time: float) -> str:
        if account.preferred == "big" and time - self.start > self.release + account.migrates:
            return self.models["new"]
        return self.models[account.preferred]

    # Real texts that are used up

    def next_conversation(self) -> list[Turn]:
        """The next real conversation; when all were used, parts of them with small edits."""
        at, every = self._taken, self.data.prompts.conversations
        self._taken += 1
        found = every[self._order[at % len(self._order)]]
        if at < len(self._order):
            return found
        first = self.chance.randrange(len(found))
        return [Turn(t.number, reworded(self.chance, t.text), None, t.answer_chars) for t in found[first:]]

    def next_item(self, domain: str) -> Item | None:
        """An item of a domain that nobody took yet."""
        return self.items[domain].pop() if self.items[domain] else None


def _models(chance: random.Random) -> dict[str, str]:
    family = chance.choice(["nova", "lyra", "cobalt", "mistral-x", "atlas", "juno", "onyx"])
    version = chance.randint(2, 5)
    return {
        "big": f"{family}-large-{version}",
        "mid": f"{family}-medium-{version}",
        "small": f"{family}-mini-{version}",
        "new": f"{family}-large-{version + 1}",
        "old": f"{family}-large-{version - 1}",
    }
