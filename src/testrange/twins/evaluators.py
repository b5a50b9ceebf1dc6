"""Independent researchers who run public benchmarks: the same published questions, greedy decoding, single turns."""

from __future__ import annotations

import numpy as np

from testrange.population import Population
from testrange.scripts import Benchmark
from testrange.twins.twin import HOBBY, Making


def build(making: Making) -> Population:
    """Each runs on days of its own; a few are in the security research programme."""
    people = making.people(HOBBY)
    rng, size = making.rng, len(people)
    return people.but(
        script=making.setting.add_script(Benchmark()),
        email_domain=np.where(
            rng.random(size) < 0.4, [f"uni-{n}.edu" for n in rng.integers(0, 300, size)], people.email_domain
        ),
        programme=np.where(rng.random(size) < 0.06, "security_research", people.programme),
        temperature=np.where(rng.random(size) < 0.85, 0.0, people.temperature),
        turns=1.0,
        presence=rng.beta(1.0, 6.0, size).clip(0.07, 1),
        unrest=1.0,
        stateless=True,
        surface="api",
        pace=1.0,
    )
