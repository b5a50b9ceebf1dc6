"""One firm's continuous integration: one key, and short-lived runners with addresses and images of their own."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Conversation
from testrange.twins.twin import CODER, Making


def build(making: Making) -> Population:
    """Few accounts of a declared organisation; every session comes from a fresh runner."""
    people = making.people(CODER)
    rng, size = making.rng, len(people)
    runners = making.setting.networks.draw(rng, "hosting", 3000)
    return people.but(
        organization=making.token("org_"),
        email_domain=making.domain(),
        payment=making.token("pm_"),
        plan="team",
        script=making.setting.add_script(Conversation(agent=True)),
        pool=making.setting.add_pool(runners),
        pool_share=1.0,
        second_share=0.5,
        keys=np.ones(size, dtype=np.int64),
        presence=1.0,
        rhythm=rhythm.OFFICE,
        surface="api",
        turns=5.0,
    )
