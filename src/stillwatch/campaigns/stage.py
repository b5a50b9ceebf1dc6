"""Links to campaigns: groups, two questions, explanations, verdicts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.explanations import Context, explain_innocently
from stillwatch.campaigns.formation import form_groups
from stillwatch.campaigns.harvest import Harvest, assess_harvest, pool
from stillwatch.campaigns.harvest.stage import LEAST_EXCHANGES
from stillwatch.campaigns.model import Bools, Explanation, Floats, Groups, Ints, Population
from stillwatch.campaigns.verdict import SCREEN, Verdict, accusation_q, q_values, verdict
from stillwatch.engine import Engine
from stillwatch.links import Links

LEAST_COMMON = 0.01
"""Share of a group's exchanges from which its shared wordings are its common work; below, all exchanges are."""


@dataclass(frozen=True)
class CampaignOptions:
    """What a scan chooses: the false-discovery level of accusations, and the seed of the clustering."""

    level: float
    seed: int
    columns: Collection[str]


@dataclass(frozen=True)
class Assessment:
    """Everything that was found out about one group that is reported."""

    group: int
    members: Ints
    verdict: Verdict
    q: float
    coordination: Coordination
    harvest: Harvest
    explanations: tuple[Explanation, ...]
    common_wording: bool
    q_without: dict[str, float]


@dataclass(frozen=True)
class Judged:
    """The result of the stage: the population, the groups as linked, those of them that take part in a common work,
    and the groups worth reporting."""

    people: Population
    linked: Groups
    groups: Groups
    assessments: tuple[Assessment, ...]


def assess_campaigns(engine: Engine, links: Links, options: CampaignOptions) -> Judged:
    """Groups of linked accounts, each asked both questions. Leaves tables `grouped`, `typical`, `common_work`."""
    people = tables.read_population(engine)
    formed = form_groups(engine, links, people, options.columns, options.seed)
    groups, coordination = formed.groups, formed.coordination
    if groups.count == 0:
        return Judged(people, formed.linked, groups, ())
    tables.register_answer_length(engine)
    work, framed = _work(engine, groups)
    customers, strangers = _customers(engine, groups, coordination)
    busy = customers.filter(strangers).filter(
        pc.greater_equal(customers.filter(strangers)["exchanges"], LEAST_EXCHANGES)
    )
    harvest = assess_harvest(work, busy)
    harvest = _pools(engine, groups, framed, harvest, (customers, strangers))
    return Judged(people, formed.linked, groups, _verdicts(engine, groups, coordination, harvest, framed, options))


def _work(engine: Engine, groups: Groups) -> tuple[pa.Table, pa.Array]:
    """The common work of each group, with `framed`; and whether it is made of shared wordings."""
    whole, common = tables.read_whole(engine), tables.read_work(engine)
    shared = np.zeros(groups.count, np.int64)
    shared[np.asarray(common["unit"])] = np.asarray(common["exchanges"])
    has_common = shared >= np.maximum(LEAST_COMMON * np.asarray(whole["exchanges"]), 1)
    row = np.zeros(groups.count, np.int64)
    row[np.asarray(common["unit"])] = groups.count + np.arange(common.num_rows)
    chosen = np.where(has_common, row, np.arange(groups.count))
    return pa.concat_tables([whole, common]).take(pa.array(chosen)), pa.array(has_common)


def _customers(engine: Engine, groups: Groups, coordination: list[Coordination]) -> tuple[pa.Table, pa.Array]:
    """The work of single accounts, and which of them are in no group that acts as one hand: those are the yardstick."""
    customers = tables.read_customers(engine, pool.LEAST_EXCHANGES)
    hand = np.array([c.p <= SCREEN for c in coordination])
    label = groups.of[np.asarray(customers["unit"])]
    return customers, pa.array(~((label >= 0) & hand[np.maximum(label, 0)]))


def _pools(
    engine: Engine, groups: Groups, framed: pa.Array, harvest: list[Harvest], accounts: tuple[pa.Table, pa.Array]
) -> list[Harvest]:
    """The answers with pooled traffic set against honest groups of the same log.

    A group without a frame is no application, so only this answer counts; with a frame either may speak.
    """
    enough = [g for g in range(groups.count) if harvest[g].p < 1.0]
    frames = [bool(framed[g].as_py()) for g in enough]
    pooled = pool.assess_pools(
        accounts[0], [groups.members(g) for g in enough], frames, _reference(engine, groups, accounts)
    )
    answers = list(harvest)
    for g, has_frame, answer in zip(enough, frames, pooled, strict=True):
        answers[g] = (
            _either(harvest[g], answer)
            if has_frame
            else Harvest(answer.p, harvest[g].score, harvest[g].findings + answer.findings, answer.p_without)
        )
    return answers


def _either(alone: Harvest, pooled: pool.Pooled) -> Harvest:
    """Two answers to one question: the smaller p-value, doubled."""
    names = [*alone.p_without, *pooled.p_without]
    without = {n: min(1.0, 2 * min(alone.p_without.get(n, alone.p), pooled.p_without.get(n, pooled.p))) for n in names}
    return Harvest(min(1.0, 2 * min(alone.p, pooled.p)), alone.score, alone.findings + pooled.findings, without)


def _reference(engine: Engine, groups: Groups, accounts: tuple[pa.Table, pa.Array]) -> pool.Reference:
    table, strangers = tables.read_reference(engine), np.zeros(groups.of.size, bool)
    strangers[np.asarray(accounts[0]["unit"])[np.asarray(accounts[1])]] = True
    honest = table.filter(pa.array(strangers[np.asarray(table["member"])]))
    pairs = np.stack([np.asarray(honest["kind"]), np.asarray(honest["value"])], axis=1)
    sets = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return pool.Reference(sets, np.asarray(honest["member"]).astype(np.int64))


def _verdicts(
    engine: Engine,
    groups: Groups,
    coordination: list[Coordination],
    harvest: list[Harvest],
    framed: pa.Array,
    options: CampaignOptions,
) -> tuple[Assessment, ...]:
    p_coordination = np.array([c.p for c in coordination])
    p_harvest = np.array([h.p for h in harvest])
    innocent = _explanations(engine, groups, coordination)
    explained = np.array([any(e.holds for e in found) for found in innocent])
    q, q_coordination = accusation_q(p_coordination, p_harvest, explained), q_values(p_coordination)
    found = []
    asked = (p_coordination, p_harvest, explained)
    for group in range(groups.count):
        answer = verdict(q[group], q_coordination[group], p_harvest[group], options.level, innocent[group])
        if answer is not None:
            without = _q_without(group, asked, coordination[group], harvest[group])
            told = (coordination[group], harvest[group], innocent[group], framed[group].as_py(), without)
            found.append(Assessment(group, groups.members(group), answer, float(q[group]), *told))
    return tuple(found)


def _p_left(coordination: Coordination, detector: str) -> float:
    """P-value of coordination without one detector; 1 if the side that made the group would not have made it then."""
    left = coordination.without([detector])
    return left.p if left.sides.get(left.formed_by, 1.0) <= SCREEN else 1.0


def _q_without(
    group: int, asked: tuple[Floats, Floats, Bools], coordination: Coordination, harvest: Harvest
) -> dict[str, float]:
    """For each finding, the level at which the group would be accused if nothing of it had been seen."""

    def q_if(p_coordination: float, p_harvest: float) -> float:
        changed = (asked[0].copy(), asked[1].copy())
        changed[0][group], changed[1][group] = p_coordination, p_harvest
        return float(accusation_q(changed[0], changed[1], asked[2])[group])

    left_out = {f.detector: q_if(_p_left(coordination, f.detector), harvest.p) for f in coordination.findings}
    return left_out | {name: q_if(coordination.p, p) for name, p in harvest.p_without.items()}


def _explanations(engine: Engine, groups: Groups, coordination: list[Coordination]) -> list[tuple[Explanation, ...]]:
    registrations, public = tables.read_registration_values(engine), _public_shares(engine, groups)
    return [
        explain_innocently(Context(int(size), mine, hand, *share, *_largest_domain(mine)))
        for size, hand, share, mine in zip(
            groups.sizes,
            coordination,
            public,
            (registrations.filter(pc.equal(registrations["grp"], group)) for group in range(groups.count)),
            strict=True,
        )
    ]


def _largest_domain(registrations: pa.Table) -> tuple[float, float]:
    """Share of a group's accounts with its most common e-mail domain, and share of that domain outside the group."""
    known = registrations.filter(pc.is_valid(registrations["email_domain"]))
    if known.num_rows == 0:
        return 0.0, 0.0
    counts = sorted(pc.value_counts(known["email_domain"]).to_pylist(), key=lambda c: (-c["counts"], c["values"]))
    holders = known.filter(pc.equal(known["email_domain"], counts[0]["values"]))["domain_holders"][0].as_py()
    return counts[0]["counts"] / registrations.num_rows, 1.0 - counts[0]["counts"] / holders


def _public_shares(engine: Engine, groups: Groups) -> list[tuple[float, float]]:
    """For each group: the share of worded exchanges that many send verbatim, and the chance that another member asks a
    given question too."""
    table = tables.read_public(engine)
    shares = np.zeros((groups.count, 2))
    unit, senders = np.asarray(table["unit"]), np.asarray(table["sent"]) / np.maximum(np.asarray(table["contents"]), 1)
    shares[unit, 0] = np.asarray(table["public"]) / np.maximum(np.asarray(table["worded"]), 1)
    shares[unit, 1] = (senders - 1.0) / np.maximum(groups.sizes[unit] - 1, 1)
    return [(float(verbatim), float(again)) for verbatim, again in shares]
