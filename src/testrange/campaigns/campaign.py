"""The declaration of a campaign: how many accounts, how much, how hidden. Numbers in the record are cited per file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rotation:
    """How much is changed between accounts, 0 (everything shared) to 1 (nothing shared).

    `addresses`: 0 is a handful of exits for all, 1 nearly a fresh exit for every session. `payments`, `devices`: share
    of accounts with an instrument or a device of their own; the others share one with 5 to 40 accounts.
    """

    addresses: float = 0.7
    payments: float = 0.4
    devices: float = 0.4


@dataclass(frozen=True)
class Method:
    """How a campaign works, apart from its size."""

    texts: str  # file of templates
    domains: tuple[str, ...]  # topics of its unrepeated tasks and of its cover
    segments: tuple[float, float, float, float] = (0.1, 0.15, 0.55, 0.2)  # account types, order of SEGMENTS
    exits: tuple[float, float, float] = (0.75, 0.15, 0.1)  # home, hosting, vpn
    mail: tuple[float, float, float] = (0.75, 0.15, 0.1)  # ordinary, disposable, bulk-registered domains
    agent: bool = False  # requests weigh as much as those of coding agents
    turns: float = 1.15
    injected: bool = False  # the template is added to other people's requests
    resold: bool = False  # cover comes from many customers of a reseller
    clouds: float = 0.16  # share of API accounts that come over cloud marketplaces
    tools: tuple[int, ...] = ()  # rows of TOOLSETS that most of its requests declare
    hours: int = 24  # daily working hours of the controller
    pivots: bool = False  # moves half its traffic to a new model within a day


@dataclass(frozen=True)
class Proxy:
    """A proxy network that a campaign rents: campaigns that name the same one leave through the same exits, as many as
    said here. Without one, a campaign has a pool of its own, sized by its sessions and its rotation."""

    name: str
    exits: int


@dataclass(frozen=True)
class Shop:
    """An account shop: `share` of a campaign's accounts were bought there. Each of these has one of `stock` devices,
    one of as many sign-up racks and, if it pays, one of as many payment tokens; other customers have them too."""

    name: str
    share: float
    stock: int = 4


@dataclass(frozen=True)
class Campaign:
    """One campaign.

    `exchanges_per_account_day` counts harvest and cover. `repeated` is the share of harvest that follows templates,
    `cover` the share of traffic that is ordinary, `synchrony` the share of sessions started by the common controller.
    `bystanders` are unconnected accounts behind the same exits. `ban_day` (days after the start) closes the first
    pool of accounts; a second one of the same size then takes over. `proxy` and `shop` are suppliers that other
    campaigns can have too: same infrastructure, different hands.
    """

    name: str
    method: Method
    accounts: int
    exchanges_per_account_day: float
    start_day: float = 2.0
    days: float = 45.0
    repeated: float = 0.9
    cover: float = 0.0
    templates: int = 6
    variety: float = 0.5
    rotation: Rotation = field(default_factory=Rotation)
    synchrony: float = 0.4
    bystanders: int = 0
    ban_day: float | None = None
    proxy: Proxy | None = None
    shop: Shop | None = None

    @property
    def group(self) -> str:
        return f"campaign:{self.name}"
