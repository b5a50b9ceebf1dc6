"""A firm whose staff use one internal prompt library, as a declared organisation or as one domain and one payment."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Blend, Conversation, Templates, template_texts
from testrange.twins.twin import HOBBY, Making


def build(making: Making) -> Population:
    """The declared variant: all accounts carry the organisation."""
    return _staff(making).but(organization=making.token("org_"))


def build_undeclared(making: Making) -> Population:
    """The variant without an organisation: only the mail domain and the payment say that they belong together."""
    return _staff(making)


def _staff(making: Making) -> Population:
    people = making.people(HOBBY)
    rng, size = making.rng, len(people)
    library = Templates(template_texts("enterprise_library"), per_account=3)
    tools = making.setting.software.draw(rng, "library", 2)
    return people.but(
        script=making.setting.add_script(Blend(library, Conversation(), 0.6)),
        email_domain=making.domain(),
        payment=making.token("pm_"),
        plan="enterprise",
        programme="none",
        lease=0.0,
        home=making.site(size),
        signup_address=making.site(size),
        client=tools[rng.integers(0, 2, size)],
        rhythm=rhythm.OFFICE,
        country="DE",
        utc_offset=1,
        presence=rng.beta(4, 2, size),
        device=np.where(rng.random(size) < 0.3, making.token("dv_"), people.device),
    )
