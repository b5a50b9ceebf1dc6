"""Batch work around the clock: nightly evaluations, and the backfill of a search index."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Blend, Tasks, Templates, template_texts
from testrange.twins.twin import PRODUCT, Making


def build(making: Making) -> Population:
    """Independent firms: each backfills or evaluates with one template, some from a new key at full rate at once."""
    people = making.people(PRODUCT)
    rng, size = making.rng, len(people)
    documents = Templates(template_texts("nightly_evals"), per_account=1)
    grading = Templates(template_texts("self_evaluation"), per_account=1, variety=0.3)
    night = rng.random(size) < 0.5
    fresh = rng.random(size) < 0.3
    begin = np.where(fresh, rng.uniform(0, making.setting.clock.days * 0.6, size), people.first_day)
    return people.but(
        script=making.setting.add_script(Blend(documents, Blend(grading, Tasks((1, 3)), 0.8), 0.75)),
        rhythm=np.where(night, rhythm.NIGHTLY, rhythm.CONTINUOUS),
        beat=rhythm.CRON,
        first_day=begin,
        presence=1.0,
        unrest=0.15,
        turns=1.0,
        stateless=True,
    )
