"""Unrelated people behind the exits of one commercial VPN."""

from __future__ import annotations

from testrange.population import Population, together
from testrange.twins.twin import CODER, CONSUMER, HOBBY, Making


def build(making: Making) -> Population:
    """Nothing in common but a small number of exits, used for most sessions and for the sign-up."""
    size = making.twin.accounts
    sizes = (size - size // 4 - size // 6, size // 4, size // 6)
    people = together([making.people(s, n) for s, n in zip((CONSUMER, HOBBY, CODER), sizes, strict=True)])
    exits = making.setting.networks.draw(making.rng, "vpn", 40)
    return people.but(
        pool=making.setting.add_pool(exits),
        pool_share=making.rng.beta(6, 1.5, size),
        signup_address=making.rng.choice(exits, size),
    )
