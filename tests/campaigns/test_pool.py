"""Pooled traffic against honest groups: level under the null, power, and what it falls back on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.harvest.pool import LEAST_REFERENCES, Reference, assess_pools, features
from stillwatch.signals.capability import CAPABILITIES

ACCOUNTS, SETS, EACH = 2000, 40, 25


def _work(rng: np.random.Generator, lift: np.ndarray) -> pa.Table:
    """Accounts with 30 exchanges; `lift` is what each account's set adds to its shares."""
    single = np.clip(rng.beta(2, 2, ACCOUNTS) + lift, 0.02, 0.98)
    n = np.full(ACCOUNTS, 30)
    return pa.table(
        {
            "unit": np.arange(ACCOUNTS),
            "exchanges": n,
            "follow_ups": rng.binomial(n, 1 - single),
            "long": rng.binomial(n, np.clip(0.2 + 0.4 * lift, 0.01, 0.9)),
            "intents": rng.binomial(n, 0.04) * 1000,
            **{f"c{k}": n // len(CAPABILITIES) for k in range(len(CAPABILITIES))},
        }
    )


def _sets(rng: np.random.Generator) -> Reference:
    member = rng.permutation(ACCOUNTS)[: SETS * EACH].astype(np.int64)
    return Reference(np.repeat(np.arange(SETS), EACH).astype(np.int64), member)


def test_honest_groups_are_rarely_called() -> None:
    """Groups drawn like the reference sets, each with an effect of its own, keep the level."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(40):
        reference, lift = _sets(rng), np.zeros(ACCOUNTS)
        outside = np.setdiff1d(np.arange(ACCOUNTS), reference.member)
        groups = [outside[k * EACH : (k + 1) * EACH] for k in range(SETS)]
        for members in [*(reference.member[reference.sets == s] for s in range(SETS)), *groups]:
            lift[members] += rng.normal(0, 0.18)
        found += [answer.p for answer in assess_pools(_work(rng, lift), groups, [False] * SETS, reference)]
    for level in (0.01, 0.05):
        assert np.mean(np.array(found) <= level) <= 1.5 * level


def test_a_pool_that_nobody_reads_stands_out() -> None:
    rng = np.random.default_rng(5)
    reference, lift = _sets(rng), np.zeros(ACCOUNTS)
    pool = np.setdiff1d(np.arange(ACCOUNTS), reference.member)[:80]
    lift[pool] = 0.6
    (answer,) = assess_pools(_work(rng, lift), [pool], [False], reference)
    assert answer.p < 0.005
    assert (
        {f.detector for f in answer.findings}
        == {"pool_single", "pool_long", "pool_intent", "pool_taught"}
        == set(answer.p_without)
    )
    assert answer.findings[0].observed > answer.findings[0].expected
    assert answer.p < answer.p_without["pool_single"]


def test_few_references_leave_a_wide_prior() -> None:
    rng = np.random.default_rng(6)
    lift = np.zeros(ACCOUNTS)
    lift[:80] = 0.6
    everyone = _sets(rng)
    few = Reference(*(column[everyone.sets < LEAST_REFERENCES - 1] for column in (everyone.sets, everyone.member)))
    work, pool = _work(rng, lift), np.arange(80)
    assert assess_pools(work, [pool], [False], few)[0].p > assess_pools(work, [pool], [False], everyone)[0].p


def test_features_are_shares() -> None:
    by_capability = {f"c{k}": [2 if name in ("mathematics", "writing") else 0] for k, name in enumerate(CAPABILITIES)}
    work = pa.table(
        {"unit": [0], "exchanges": [10], "follow_ups": [4], "long": [3], "intents": [2500], **by_capability}
    )
    assert features(work).tolist() == [[0.6, 0.3, 0.25, 0.2]]
    assert (
        assess_pools(work, [np.array([7])], [False], Reference(np.array([], np.int64), np.array([], np.int64)))[0].p
        >= 0.5
    )


def test_with_a_frame_every_feature_must_stand_out() -> None:
    """A content farm: nobody reads its long answers, and it writes; only the frame makes it an application."""
    rng = np.random.default_rng(8)
    reference, lift = _sets(rng), np.zeros(ACCOUNTS)
    farm = np.setdiff1d(np.arange(ACCOUNTS), reference.member)[:80]
    lift[farm] = 0.6
    without, framed = assess_pools(_work(rng, lift), [farm, farm], [False, True], reference)
    assert without.p < 0.005
    assert framed.p == 1.0
