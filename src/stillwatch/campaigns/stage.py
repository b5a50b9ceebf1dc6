"""Links to campaigns: groups, two questions, explanations, verdicts; accused groups apart where they are several."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from stillwatch.campaigns import tables
from stillwatch.campaigns.acquittal import acquitted, parts_of
from stillwatch.campaigns.coordination import Coordination, company
from stillwatch.campaigns.coordination.shared_values import Held
from stillwatch.campaigns.explanations import Context, explain_innocently, institution
from stillwatch.campaigns.formation import Formed, form_groups
from stillwatch.campaigns.hands import Hand, divided, register_divided
from stillwatch.campaigns.harvest import Harvest
from stillwatch.campaigns.harvest_question import HarvestQuestion
from stillwatch.campaigns.model import Bools, Explanation, Floats, Groups, Ints, Population
from stillwatch.campaigns.verdict import SCREEN, Verdict, accusation_q, q_values, verdict
from stillwatch.engine import Engine
from stillwatch.links import Links


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
    q_without: dict[str, float]
    asked_with: tuple[int, ...] = ()
    """Groups with which it, or some of it, was one when both questions were asked; what is said here is said of the
    group as it was then, and `q` is the largest of those in which accounts of it were asked."""


@dataclass(frozen=True)
class Judged:
    """The result of the stage: the population, the groups as linked, those of them that take part in a common work,
    how likely each account belongs where that was weighed, the groups worth reporting, and how many were tested. An
    accused group that is several hands is several groups here, and was tested as one. `worded`: for each account,
    whether the harvest of its group, as it was asked, was found in the group's common wording."""

    people: Population
    linked: Groups
    groups: Groups
    belief: Floats
    assessments: tuple[Assessment, ...]
    tested: int
    worded: Bools


def assess_campaigns(engine: Engine, links: Links, options: CampaignOptions) -> Judged:
    """Groups of linked accounts, each asked both questions. Leaves tables `grouped`, `typical`, `common_work`."""
    people = tables.read_population(engine)
    formed = form_groups(engine, links, people, options.columns, options.seed)
    if formed.groups.count == 0:
        return Judged(people, formed.linked, formed.groups, formed.belief, (), 0, np.zeros(people.size, bool))
    tables.register_answer_length(engine)
    tables.register_known(engine)
    question = HarvestQuestion.read(engine, formed, people.unit)
    asked = _Asked(formed, *question.ask(engine, formed.groups))
    answers = _verdicts(engine, people, asked, options, np.zeros(formed.groups.count))
    hands = divided(engine, formed.groups, _accused(answers), people, options.seed)
    apart = _acquitted(engine, asked, (answers, hands), question, options.level)
    if apart is not None:
        asked, least = apart
        answers = _verdicts(engine, people, asked, options, least)
        hands = divided(engine, asked.formed.groups, _accused(answers), people, options.seed)
    return _divided(engine, people, asked, (answers, hands))


def _accused(answers: Sequence[Assessment]) -> list[int]:
    return [answer.group for answer in answers if answer.verdict == "distillation"]


def _divided(
    engine: Engine, people: Population, asked: _Asked, told: tuple[tuple[Assessment, ...], list[Hand]]
) -> Judged:
    """The answers, each accused group that is several hands as several, each with the answers of the whole."""
    formed, whole, (answers, hands) = asked.formed, asked.formed.groups, told
    worded = np.append(asked.by_wording, False)[whole.of]  # the last is for accounts of no group
    parts: dict[int, dict[int, Hand]] = {}
    linked, of, made = formed.linked.of.copy(), whole.of.copy(), list(whole.formed_by)
    for hand in hands:
        group = hand.asked[0]
        number = len(made) if group in parts else group  # of the largest, and of who is linked and takes no part
        made += [whole.formed_by[group]] if group in parts else []
        linked[hand.members] = of[hand.members] = number
        parts.setdefault(group, {})[number] = hand
    groups = Groups(of, tuple(made))
    if hands:
        register_divided(engine, groups)
    else:
        tables.register_grouped(engine, groups)
    q = {a.group: a.q for a in answers}
    numbered = {k: set(hand.asked) for mine in parts.values() for k, hand in mine.items()}
    found = tuple(
        replace(
            a,
            group=k,
            members=groups.members(k),
            q=max(q[asked] for asked in numbered.get(k, {k})),
            asked_with=tuple(o for o, asked in numbered.items() if o != k and asked & numbered.get(k, set())),
        )
        for a in answers
        for k in parts.get(a.group, {a.group: None})
    )
    return Judged(people, Groups(linked, groups.formed_by), groups, formed.belief, found, whole.count, worded)


@dataclass(frozen=True)
class _Asked:
    """Groups with their answers to the second question, and whether it was their common wording that answered."""

    formed: Formed
    harvest: list[Harvest]
    by_wording: Bools


def _acquitted(
    engine: Engine,
    asked: _Asked,
    told: tuple[tuple[Assessment, ...], list[Hand]],
    question: HarvestQuestion,
    level: float,
) -> tuple[_Asked, Floats] | None:
    """The groups without the parts that are acquitted, which are groups of their own where anything ties them, each
    asked anew; and the least q of each, that of the group as it was. None where nobody is acquitted.

    Nobody is accused who was not before: with the q of both, no choice of parts makes an accusation."""
    groups, (answers, hands) = asked.formed.groups, told
    proposed = parts_of(engine, groups, _accused(answers), hands)
    parts = acquitted(engine, groups, proposed, question, level) if proposed else []
    if not parts:
        if proposed:
            tables.register_grouped(engine, groups)
            tables.register_common_work(engine)
        return None
    known = {a.group: a.q for a in answers}
    least = [known.get(group, 1.0) for group in range(groups.count)]
    of, linked, made = groups.of.copy(), asked.formed.linked.of.copy(), list(groups.formed_by)
    for part in parts:
        of[part.members] = len(made) if part.tied else -1
        if part.tied:
            linked[part.members] = len(made)
            made.append(groups.formed_by[part.group])
            least.append(known[part.group])
    apart = Groups(of, tuple(made))
    changed = sorted({part.group for part in parts} | set(range(groups.count, apart.count)))
    tied = asked.formed.ask(apart.only(changed))
    coordination = [*asked.formed.coordination, *tied[groups.count :]]
    for group in {part.group for part in parts}:
        coordination[group] = replace(tied[group], tried=coordination[group].tried)
    tables.register_grouped(engine, apart)
    tables.register_common_work(engine)
    harvest, by_wording = question.ask(engine, apart)
    formed = replace(asked.formed, linked=Groups(linked, apart.formed_by), groups=apart, coordination=coordination)
    return _Asked(formed, harvest, by_wording), np.array(least)


@dataclass(frozen=True)
class _Answers:
    """Both answers on every group, and its innocent explanations."""

    coordination: list[Coordination]
    harvest: list[Harvest]
    innocent: list[tuple[Explanation, ...]]

    @cached_property
    def measured(self) -> tuple[Floats, Floats, Bools]:
        """P-values of both questions, and whether an innocent explanation holds."""
        explained = np.array([any(e.holds for e in found) for found in self.innocent], bool)
        return np.array([c.p for c in self.coordination]), np.array([h.p for h in self.harvest]), explained

    @cached_property
    def q(self) -> Floats:
        """Level at which each group would be accused."""
        return accusation_q(*self.measured)

    @cached_property
    def q_coordination(self) -> Floats:
        """Level at which each group would be told as one hand."""
        return q_values(self.measured[0])


def _verdicts(
    engine: Engine, people: Population, asked: _Asked, options: CampaignOptions, least: Floats
) -> tuple[Assessment, ...]:
    """The groups that are worth reporting; none is accused below its `least` level."""
    formed, harvest = asked.formed, asked.harvest
    groups = formed.groups
    contexts = _contexts(engine, groups, people.unit, formed.coordination)
    alone = _Answers(formed.coordination, harvest, [explain_innocently(context) for context in contexts])
    beside = _in_company(engine, people, groups, alone, (contexts, options.level))
    found = []
    for group in range(groups.count):
        by_company = beside.q[group] <= options.level < alone.q[group]
        answers = beside if by_company else alone
        coordination, innocent, floor = answers.coordination[group], answers.innocent[group], float(least[group])
        q = max(float(answers.q[group]), floor)
        answer = verdict(q, float(answers.q_coordination[group]), harvest[group].p, options.level, innocent)
        if answer is not None:
            without = _q_without(group, answers.measured, coordination, harvest[group])
            without = {name: max(level, floor) for name, level in without.items()}
            told = (coordination, harvest[group], innocent, without)
            found.append(Assessment(group, groups.members(group), answer, q, *told))
    return tuple(found)


def _in_company(
    engine: Engine, people: Population, groups: Groups, alone: _Answers, asked: tuple[list[Context], float]
) -> _Answers:
    """The answers once more, for groups that act as one hand and harvest and are not accused by themselves: with what
    they hold of the cards and devices of those that are. `asked`: contexts of all groups, and the level."""
    (contexts, level), q, (p_coordination, p_harvest, _) = asked, alone.q, alone.measured
    accused = np.flatnonzero(q <= level).tolist()
    suspected = np.flatnonzero((q > level) & (p_coordination <= SCREEN) & (p_harvest <= level)).tolist()
    coordination, innocent = list(alone.coordination), list(alone.innocent)
    if accused and suspected:
        cards = company.Cards.of(Held.from_table(tables.read_held(engine, company.KINDS)))
        for group in suspected:
            found = company.company_finding(group, accused, cards, groups, people)
            if found is not None:
                coordination[group] = coordination[group].beside(found)
                innocent[group] = explain_innocently(replace(contexts[group], coordination=coordination[group]))
    return _Answers(coordination, alone.harvest, innocent)


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


def _contexts(engine: Engine, groups: Groups, unit: Ints, coordination: list[Coordination]) -> list[Context]:
    """What the innocent explanations look at, of each group."""
    registrations, public = tables.read_domains(engine), _public_shares(engine, groups)
    bounds = np.searchsorted(np.asarray(registrations["grp"]), np.arange(groups.count + 1)).tolist()
    return [
        Context(int(size), mine, unit[groups.members(group)], hand, *share, *institution(mine, unit.size))
        for group, (size, hand, share, mine) in enumerate(
            zip(
                groups.sizes,
                coordination,
                public,
                (registrations.slice(low, high - low) for low, high in pairwise(bounds)),
                strict=True,
            )
        )
    ]


def _public_shares(engine: Engine, groups: Groups) -> list[tuple[float, float]]:
    """For each group: the share of worded exchanges that many send verbatim, and the chance that another member asks a
    given question too."""
    table = tables.read_public(engine)
    shares = np.zeros((groups.count, 2))
    unit, senders = np.asarray(table["unit"]), np.asarray(table["sent"]) / np.maximum(np.asarray(table["contents"]), 1)
    shares[unit, 0] = np.asarray(table["public"]) / np.maximum(np.asarray(table["worded"]), 1)
    shares[unit, 1] = (senders - 1.0) / np.maximum(groups.sizes[unit] - 1, 1)
    return [(float(verbatim), float(again)) for verbatim, again in shares]
