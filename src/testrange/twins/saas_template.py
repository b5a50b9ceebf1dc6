"""Vendors whose product is a template: one vendor on few accounts, and an app that runs on its customers' own keys."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Conversation, Templates, template_texts
from testrange.twins.twin import HOBBY, PRODUCT, Making


def build(making: Making) -> Population:
    """A vendor with one template at high volume, on a production, a staging and some regional accounts."""
    people = making.people(PRODUCT)
    return people.but(
        script=making.setting.add_script(Templates(template_texts("saas_template"))),
        email_domain=making.domain(),
        payment=making.token("pm_"),
        plan="team",
        lease=0.0,
        home=making.setting.networks.draw(making.rng, "hosting", len(people)),
        rhythm=rhythm.APPLICATION,
        unrest=0.25,
        presence=1.0,
        turns=1.0,
    )


def build_own_keys(making: Making) -> Population:
    """Independent customers of one note-taking app: its fixed system prompt, their own keys, homes and payments."""
    people = making.people(HOBBY)
    rng, size = making.rng, len(people)
    script = Templates(template_texts("byok_app"), as_system=True, base=Conversation())
    app = making.setting.software.draw(rng, "library", 3)
    return people.but(
        script=making.setting.add_script(script),
        client=app[np.minimum(rng.geometric(0.6, size) - 1, 2)],
        second_share=rng.beta(0.5, 8.0, size),
        home=making.setting.networks.homes(rng, people.country),
        turns=1.8,
        surface="api",
    )
