"""Benign twins: groups that share what campaigns share, for innocent reasons. One file each."""

from __future__ import annotations

from collections.abc import Callable

from testrange.population import Population
from testrange.setting import Setting
from testrange.twins import (
    audit_trail,
    campus,
    enterprise_library,
    ephemeral_ci,
    evaluators,
    failover,
    hackathon,
    nightly_evals,
    release_day,
    router,
    saas_template,
    shared_vpn,
    viral_prompt,
)
from testrange.twins.twin import Making, Twin

TWINS: dict[str, tuple[Callable[[Making], Population], Twin]] = {
    twin.name: (build, twin)
    for build, twin in (
        (campus.build, Twin("campus", 260, 2.5)),
        (enterprise_library.build, Twin("enterprise-library", 90, 7.0)),
        (enterprise_library.build_undeclared, Twin("enterprise-library-undeclared", 40, 7.0)),
        (saas_template.build, Twin("saas-template", 3, 600.0)),
        (saas_template.build_own_keys, Twin("byok-app", 220, 3.0)),
        (ephemeral_ci.build, Twin("ephemeral-ci", 4, 220.0)),
        (evaluators.build, Twin("evaluators", 60, 14.0)),
        (hackathon.build, Twin("hackathon", 120, 30.0)),
        (viral_prompt.build, Twin("viral-prompt", 500, 1.5)),
        (router.build, Twin("router", 6, 500.0)),
        (audit_trail.build, Twin("audit-trail", 12, 90.0)),
        (audit_trail.build_undeclared, Twin("audit-trail-undeclared", 8, 60.0)),
        (release_day.build, Twin("release-day", 180, 4.0)),
        (nightly_evals.build, Twin("nightly-evals", 24, 90.0)),
        (failover.build, Twin("failover", 30, 30.0)),
        (shared_vpn.build, Twin("shared-vpn", 240, 2.0)),
    )
}


def twin_population(setting: Setting, twin: Twin) -> Population:
    """The accounts of a twin."""
    build, _ = TWINS[twin.name]
    return build(Making(setting, twin, setting.generator("twin", twin.name)))


def all_twins(scale: float = 1.0, volume: float = 1.0) -> tuple[Twin, ...]:
    """Every twin, with its accounts and its daily rate multiplied."""
    return tuple(
        Twin(twin.name, max(3, round(twin.accounts * scale)), twin.rate * volume) for _, twin in TWINS.values()
    )


__all__ = ["TWINS", "Making", "Twin", "all_twins", "twin_population"]
