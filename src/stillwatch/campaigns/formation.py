"""Formation: which sets of accounts the two questions are asked of.

1. *Worded* groups: linked by what they send, and taking part in a common work of their own wordings; whole, or apart
   by their works.
2. *Alike* groups, among the others: communities of accounts whose traffic is alike. Likeness proves nothing, so what
   makes them one hand must come from how they were registered and how they move; only communities that pass this test,
   whole or those in them whom also what they send makes one group, go on, and each account then needs ties of its own
   to belong.
3. Groups linked by what they send that have no common work, or one in which few take part, and of which no alike
   group was made: the same questions asked again, say.
4. *Registered* groups, among the rest: linked by how they were registered.

No group is tested on what made it. An account is in one group at most.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from stillwatch.campaigns import tables, timing
from stillwatch.campaigns.coordination import PLACE, Coordination, Evidence, assess_coordination
from stillwatch.campaigns.coordination.shared_values import Held
from stillwatch.campaigns.groups import (
    LEAST_ACCOUNTS,
    alike_groups,
    kept_groups,
    registered_groups,
    together,
    worded_groups,
)
from stillwatch.campaigns.membership import NOBODY, belonging
from stillwatch.campaigns.model import Bools, Floats, Groups, Ints, Population, codes
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.campaigns.worded import completed, cored, joined, taking_part
from stillwatch.campaigns.works import clearest
from stillwatch.engine import Engine
from stillwatch.links import Links

SURE = 1e-10
"""P-value of coordination, without place and time of sign-up, from which a community surely is a hand. Those of hard
campaigns that repeat no wording have 8·10⁻¹⁴ to 10⁻⁶⁸ in worlds of the second simulator, two 7·10⁻⁵ and 3·10⁻⁶. People
of an online course, who signed up together and share nothing else, have 4·10⁻¹¹ with the time and 1 without it."""


@dataclass(frozen=True)
class Formed:
    """`linked`: the groups with the accounts that were linked to them and take no part. `groups`: the same groups,
    members alone. `coordination`: the answer to the first question, one per group, on the group as it was before
    anybody was left out for having no ties: who is left was chosen by what is tested. `belief`: for each account how
    likely it belongs, where that was weighed, else 0."""

    linked: Groups
    groups: Groups
    coordination: list[Coordination]
    belief: Floats
    ask: Callable[[Groups], list[Coordination]]
    """Asks the first question of other groups of this log."""


def form_groups(engine: Engine, links: Links, people: Population, columns: Collection[str], seed: int) -> Formed:
    """Every group, with the answer to the first question. Leaves tables `grouped`, `typical`, `common_work`."""
    moves = timing.read_moves(engine)
    timing.register_slots(engine)

    def asked_of(groups: Groups, alike: Groups) -> list[Coordination]:
        tables.register_grouped(engine, groups)
        held, meetings = Held.from_table(tables.read_held(engine)), timing.read_meetings(engine, people.size)
        return assess_coordination(groups, people, Evidence(held, meetings, moves, columns, alike))

    sending = worded_groups(engine, links, seed)
    parts = taking_part(engine, sending)
    strangers = alike_groups(engine, links, parts.linked.of < 0, seed)
    worded, asked = clearest(engine, parts.worded, people, lambda groups: asked_of(groups, strangers))
    clear, frameless = joined(engine, cored(engine, links, people, worded, asked), asked, people)
    clear, part = completed(engine, links, people, clear, frameless, parts.linked.of)
    clear, asked, linked = _still_groups(clear, asked, parts.linked.of)
    alike = alike_groups(engine, links, clear.of < 0, seed)
    tested = _whole_or_linked(alike, sending, lambda groups: asked_of(groups, alike))
    chosen, members, belief = _hands(engine, links, people, tested, clear.of < 0)
    groups = together(clear, members)
    left = together(_left(parts.weak, groups.of < 0), _left(sending, parts.workless & (groups.of < 0)))
    registered = registered_groups(engine, links, (groups.of < 0) & (left.of < 0), seed)
    others = together(left, registered)
    groups = together(groups, others)
    found = asked_of(others, alike)
    tables.register_grouped(engine, groups)
    tables.register_common_work(engine)
    idle = (groups.of < 0) & (worded.of < 0)
    beside = Groups(np.where(idle, linked, groups.of), groups.formed_by)
    answers = [*asked, *(tested.answers[k] for k in chosen), *found]
    return Formed(beside, groups, answers, np.maximum(belief, part), lambda others: asked_of(others, alike))


def _still_groups(worded: Groups, asked: list[Coordination], linked: Ints) -> tuple[Groups, list[Coordination], Ints]:
    """Without the groups of which too few are left when some have joined others; and who is linked to which."""
    kept = worded.sizes >= LEAST_ACCOUNTS
    answers = [answer for answer, keep in zip(asked, kept, strict=True) if keep]
    return kept_groups(worded.of, worded, kept), answers, kept_groups(linked, worded, kept).of


def _left(sending: Groups, free: Bools) -> Groups:
    """What is left of the groups among free accounts, where it still is a group."""
    of = np.where(free, sending.of, -1)
    return kept_groups(of, sending, np.bincount(of[of >= 0], minlength=sending.count) >= LEAST_ACCOUNTS)


@dataclass(frozen=True)
class _Asked:
    """Communities of alike accounts; `linked`: those in each whom also what they send makes one group; `standing`:
    those of whom its answer speaks, all or the linked."""

    whole: Groups
    linked: Groups
    standing: Groups
    answers: list[Coordination]

    def surely(self, community: int) -> Ints:
        """Those of the community who surely are a hand."""
        placeless = self.answers[community].without(PLACE).p
        return self.standing.members(community) if placeless <= SURE else NOBODY


def _whole_or_linked(alike: Groups, sending: Groups, ask: Callable[[Groups], list[Coordination]]) -> _Asked:
    """Asks the first question of each community: of the whole, and of those whom also what they send makes one group,
    where that is most of it. Who is tied more clearly stands for it, and pays for both: strangers who merely work alike
    blur the whole."""
    linked = Groups(np.where(_one_sending(alike, sending), alike.of, -1), alike.formed_by)
    answers, of = ask(alike), alike.of.copy()
    twice = np.flatnonzero((linked.sizes >= LEAST_ACCOUNTS) & (linked.sizes < alike.sizes)).tolist()
    others = ask(linked) if twice else []
    for k in twice:
        if others[k].p < answers[k].p:
            of[alike.members(k)] = linked.of[alike.members(k)]
        answers[k] = replace(min(answers[k], others[k], key=lambda answer: answer.p), tried=2)
    return _Asked(alike, linked, Groups(of, alike.formed_by), answers)


def _hands(
    engine: Engine,
    links: Links,
    people: Population,
    tested: _Asked,
    free: Bools,
) -> tuple[list[int], Groups, Floats]:
    """The alike communities that pass the screen, with the accounts that belong to each, the clearest first."""
    alike, answers, one = tested.whole, tested.answers, tested.linked.of
    suspected = [k for k, answer in enumerate(answers) if answer.p <= SCREEN]
    of, belief = np.full(people.size, -1, np.int64), np.zeros(people.size)
    chosen: list[int] = []
    if suspected:
        tables.register_grouped(engine, alike.only(suspected))
        linked = tables.read_linked(engine, links, np.isin(one, suspected))
        ties = replace(tables.read_ties(engine, links), links=linked[one[linked[:, 0]] == one[linked[:, 1]]])
        for k in sorted(suspected, key=lambda k: (answers[k].p, k)):
            still_free = free & (of < 0)
            core = alike.members(k)
            core = core[still_free[core]]
            if core.size < LEAST_ACCOUNTS:
                continue
            found = belonging(core, ties, people, still_free, tested.surely(k))
            if found.members.size >= LEAST_ACCOUNTS:
                of[found.members], belief[found.members] = len(chosen), found.posterior
                chosen.append(k)
    return chosen, Groups(of, tuple(alike.formed_by[k] for k in chosen)), belief


def _one_sending(alike: Groups, sending: Groups) -> Bools:
    """Accounts of communities most of which what they send makes one group, and in it: there a link says who belongs.

    Elsewhere it ties the accounts of every pool in the community to each other, and draws strangers in."""
    both = np.flatnonzero((alike.of >= 0) & (sending.of >= 0))
    pair = codes(alike.of[both], sending.of[both])
    first, shared = np.unique(pair, return_index=True, return_counts=True)[1:]
    community = alike.of[both][first]
    largest = np.lexsort((-shared, community))
    largest = largest[np.unique(community[largest], return_index=True)[1]]  # the first of several that are as large
    mostly = np.zeros(first.size, bool)
    mostly[largest] = 2 * shared[largest] >= alike.sizes[community[largest]]
    inside = np.zeros(alike.of.size, bool)
    inside[both] = mostly[pair]
    return inside
