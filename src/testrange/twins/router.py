"""A gateway that resells many models: one account, many end users behind it, metadata stripped."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population, together
from testrange.setting import AGENT, APPLICATION, CHAT
from testrange.twins.twin import PRODUCT, Making


def build(making: Making) -> Population:
    """Each account carries conversations, coding agents or applications of thousands of people."""
    size = making.twin.accounts
    kinds = (CHAT, AGENT, APPLICATION)
    people = together([making.people(PRODUCT, 1).but(script=kinds[n % 3], tokens=kinds[n % 3]) for n in range(size)])
    gateway = making.setting.software.draw(making.rng, "library", 1)[0]
    return people.but(
        organization=making.token("org_"),
        email_domain=making.domain(),
        payment=making.token("pm_"),
        plan="enterprise",
        speakers=making.rng.integers(800, 4000, size),
        client=gateway,
        second_share=0.0,
        lease=0.0,
        home=making.setting.networks.draw(making.rng, "hosting", size),
        rhythm=rhythm.APPLICATION,
        presence=1.0,
        unrest=0.2,
        stateless=True,
        keys=np.full(size, 3),
        max_output=-1,
    )
