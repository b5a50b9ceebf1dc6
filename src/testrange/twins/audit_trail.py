"""Regulated firms that must explain every decision: "explain your reasoning", at scale."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Templates, template_texts
from testrange.twins.twin import PRODUCT, Making


def build(making: Making) -> Population:
    """The declared variant: a bank's accounts belong to one verified organisation."""
    return _firm(making).but(organization=making.token("org_"))


def build_undeclared(making: Making) -> Population:
    """The variant without an organisation: several accounts, one domain, one payment, office addresses."""
    return _firm(making)


def _firm(making: Making) -> Population:
    people = making.people(PRODUCT)
    rng, size = making.rng, len(people)
    script = Templates(template_texts("audit_trail"), per_account=2)
    tools = making.setting.software.draw(rng, "library", 2)
    return people.but(
        script=making.setting.add_script(script),
        email_domain=making.domain(),
        payment=making.token("pm_"),
        plan="enterprise",
        lease=0.0,
        home=making.site(size, 2),
        signup_address=making.site(size, 2),
        client=tools[rng.integers(0, 2, size)],
        rhythm=np.where(rng.random(size) < 0.7, rhythm.OFFICE, rhythm.NIGHTLY),
        temperature=0.0,
        presence=1.0,
        unrest=0.3,
        country="GB",
        utc_offset=0,
        token_scale=people.token_scale * 1.5,
    )
