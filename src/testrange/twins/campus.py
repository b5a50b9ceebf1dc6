"""Students of one university: the same assignments, one campus network, one mail domain, one term."""

from __future__ import annotations

import numpy as np

from testrange import rhythm
from testrange.population import Population
from testrange.scripts import Blend, Conversation, Templates, template_texts
from testrange.twins.twin import CONSUMER, Making


def build(making: Making) -> Population:
    """Free accounts with the university's mail; assignment prompts in a third of the sessions."""
    rng = making.rng
    people = making.signed_up(making.people(CONSUMER), -40.0, 3.0)
    script = Blend(Templates(template_texts("campus"), variety=0.3, per_account=2, follow=True), Conversation(), 0.35)
    campus = making.setting.add_pool(np.unique(making.site(200, 12)))
    return people.but(
        email_domain=np.where(rng.random(len(people)) < 0.8, "uni-77.edu", people.email_domain),
        country="US",
        programme=np.where(rng.random(len(people)) < 0.3, "education", "none"),
        script=making.setting.add_script(script),
        pool=campus,
        pool_share=rng.beta(3, 3, len(people)),
        rhythm=rhythm.STUDENT,
        utc_offset=-5,
        signup_address=np.where(rng.random(len(people)) < 0.5, making.site(len(people), 12), people.signup_address),
    )
