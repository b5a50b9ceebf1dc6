"""Enthusiasts and benchmarkers who move to a new model on the day it appears."""

from __future__ import annotations

import numpy as np

from testrange.population import Population, together
from testrange.scripts import Blend, Conversation, Templates, template_texts
from testrange.twins.twin import CONSUMER, HOBBY, Making


def build(making: Making) -> Population:
    """Half or more of their traffic moves within 24 hours; well-known test prompts in some sessions."""
    half = making.twin.accounts // 2
    people = together([making.people(CONSUMER, making.twin.accounts - half), making.people(HOBBY, half)])
    rng, size = making.rng, len(people)
    tests = Templates(template_texts("release_day"), base=Conversation())
    return people.but(
        script=making.setting.add_script(Blend(tests, Conversation(), 0.15)),
        move_day=making.setting.release_day + rng.uniform(0.05, 1.0, size),
        move_share=rng.beta(4, 3, size),
        presence=np.maximum(people.presence, 0.4),
    )
