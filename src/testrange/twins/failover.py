"""Firms that use several providers and send traffic here only while another one fails: sudden, together, and gone."""

from __future__ import annotations

import numpy as np

from testrange.population import Population
from testrange.scripts import Templates, template_texts
from testrange.twins.twin import PRODUCT, Making


def build(making: Making) -> Population:
    """Unrelated accounts; all burst in the hours of the same outages of somebody else."""
    people = making.people(PRODUCT)
    rng, size = making.rng, len(people)
    days = making.setting.clock.days
    outages = rng.random((days, 24)) < 0.03
    outages[days // 2, 13:16] = True
    weights = np.where(outages, 8.0, 0.15)
    return people.but(
        script=making.setting.add_script(Templates(template_texts("failover"), per_account=1)),
        rhythm=making.setting.add_rhythm(weights / weights.mean()),
        utc_offset=0,
        presence=1.0,
        unrest=np.minimum(people.unrest, 0.5),
        surface=np.where(rng.random(size) < 0.6, "api", people.surface),
    )
