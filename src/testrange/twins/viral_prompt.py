"""Unrelated people who all try a prompt that went viral, once or a few times, among what they otherwise do."""

from __future__ import annotations

from testrange import seeds
from testrange.population import Population, together
from testrange.scripts import Blend, Conversation, Templates, template_texts
from testrange.twins.twin import CODER, CONSUMER, HOBBY, Making


def build(making: Making) -> Population:
    """Mostly app users; the prompt is about a tenth of their sessions."""
    size = making.twin.accounts
    sizes = (size - size // 6 - size // 12, size // 6, size // 12)
    people = together([making.people(s, n) for s, n in zip((CONSUMER, HOBBY, CODER), sizes, strict=True)])
    viral = Templates(template_texts("viral_prompt"), per_account=1, variety=0.2, follow=True)
    script = making.setting.add_script(Blend(viral, Conversation(), 0.12))
    return people.but(script=seeds.weighted(making.rng, [1.0], len(people)) + script)
