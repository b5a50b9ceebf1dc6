"""A weekend hackathon: sign-ups within hours, one venue address, one starter prompt, a burst that ends on Sunday."""

from __future__ import annotations

import numpy as np

from testrange import seeds
from testrange.population import Population
from testrange.scripts import Templates, template_texts
from testrange.twins.twin import HOBBY, Making


def build(making: Making) -> Population:
    """Starts on the first Friday evening of the world and runs two days; a few stay on."""
    rng = making.rng
    friday = (4 - making.setting.clock.first_weekday) % 7 + 0.7
    people = making.signed_up(making.people(HOBBY), friday - 0.4, friday + 0.4)
    size = len(people)
    stays = rng.random(size) < 0.1
    last = np.where(stays, making.setting.clock.days, np.minimum(friday + 2.1, making.setting.clock.days))
    venue = making.site(size, 2)
    script = Templates(template_texts("hackathon"), variety=0.5, follow=True)
    return people.but(
        script=making.setting.add_script(script),
        last_day=last,
        home=venue,
        lease=0.0,
        signup_address=venue,
        payment=seeds.either(rng.random(size) < 0.7, None, people.payment),
        plan="free",
        presence=1.0,
        country="NL",
        utc_offset=1,
        surface="api",
        turns=2.5,
    )
