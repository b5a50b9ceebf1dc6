"""Innocent explanations: each is looked at for every group, and told whether it holds or not.

An explanation that holds keeps a group from being accused, whatever the strength of evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.campaigns.coordination import PLACE, Coordination
from stillwatch.campaigns.customers import FIRM
from stillwatch.campaigns.groups import LEAST_ACCOUNTS
from stillwatch.campaigns.harvest.pool import MOST_SHARE
from stillwatch.campaigns.model import Explanation, Ints
from stillwatch.campaigns.verdict import SCREEN

MOST = 0.8
"""Share of accounts from which one explanation covers a group; the rest are strays of the clustering."""
FEW = 3
"""Open customers that may use the same published template without being a pool in disguise."""
RELEASE = ("pivot",)
"""Evidence that a new model gives of everyone who tries new models."""
INSTITUTION = 0.5
"""Share of the accounts with one e-mail domain from which the place is an explanation."""
VENUE = 1 / 3
"""Share of the accounts that signed up at one address from which it is a venue: a hackathon, an exhibition, a class.
Of the hackathons of the demo worlds half of the participants did (seed 2)."""
LEAST_VENUE = 0.1
"""Share of the accounts that signed up at one address from which it is a venue among up to FEW that together reach
VENUE. A judgement: in a log of 120,000 accounts clustering brought three hackathons into one group, with 24, 19 and
19 % at their venues."""
PUBLIC = 0.5
"""Share of the common work that is public material from which it is an explanation."""
ASKED_AGAIN = 0.2
"""Chance that a member's question is asked by another member too, from which they all work through one public list;
evaluators of a whole benchmark reach 1, a hand that deals each question out eleven times over 120 accounts 0.09."""
SILENT = 0.01
"""P-value above which a side of coordination is taken to say nothing."""


@dataclass(frozen=True)
class Context:
    """What the explanations look at, of one group."""

    accounts: int
    registrations: pa.Table
    customers: Ints
    coordination: Coordination
    public_share: float
    asked_again: float
    domain_share: float
    domain_outside: float


def explain_innocently(context: Context) -> tuple[Explanation, ...]:
    """Every explanation, in a fixed order."""
    return (
        _declared(context),
        _open_customer(context),
        _institution(context),
        _application(context),
        _public_material(context),
        _shared_proxy(context),
    )


def institution(registrations: pa.Table, accounts: int) -> tuple[float, float]:
    """Share of a group with its most common e-mail domain, and share of that domain's accounts that are not in the
    group; a mail provider's is no institution's: half of any group may have it.

    `registrations`: one row per account of the group, `domain_holders` among all the `accounts` of the scan. In a world
    of the second simulator 41 % of all accounts have one domain, and with it half of a campaign was taken for a campus.
    """
    largest = max(FIRM, MOST_SHARE * accounts)
    known = registrations.filter(pc.less_equal(registrations["domain_holders"], largest))
    if known.num_rows == 0:
        return 0.0, 0.0
    counts = sorted(pc.value_counts(known["email_domain"]).to_pylist(), key=lambda c: (-c["counts"], c["values"]))
    holders = known.filter(pc.equal(known["email_domain"], counts[0]["values"]))["domain_holders"][0].as_py()
    return counts[0]["counts"] / registrations.num_rows, 1.0 - counts[0]["counts"] / holders


def _largest_share(values: Sequence[object], accounts: int) -> float:
    counts = Counter(v for v in values if v is not None)
    return max(counts.values(), default=0) / accounts


def _declared(context: Context) -> Explanation:
    share = _largest_share(context.registrations["organisation"].to_pylist(), context.accounts)
    finding = f"{share:.0%} of the accounts belong to one verified organisation"
    return Explanation("declared organisation", finding, share, share >= MOST)


def _open_customer(context: Context) -> Explanation:
    """A few customers that hide nothing: verified organisations, or firms with mailboxes of their own and their
    offices."""
    sizes = np.sort(np.unique(context.customers, return_counts=True)[1])[::-1]
    firms = sizes[sizes >= 2]
    share = float(firms[:FEW].sum() / context.accounts)
    finding = (
        f"{firms.sum() / context.accounts:.0%} of the accounts belong to {firms.size} customers that hide nothing "
    )
    finding += "(one organisation each, or mailboxes and cards of their own)"
    return Explanation("a few open customers", finding, share, sizes.size < LEAST_ACCOUNTS or share >= MOST)


def _institution(context: Context) -> Explanation:
    """A place explains one e-mail domain whose people are mostly not in the group, or one address where many signed
    up, a few where clustering brought several events together; one network, and sign-ups of one term or day. A pool's
    own domain has nobody outside, and a pool shares more than a place."""
    placeless = context.coordination.without(PLACE).p
    share, outside = context.domain_share, context.domain_outside
    venue = _venues(context.registrations["signup_address"].to_pylist(), context.accounts)
    holds = placeless > SCREEN and ((share >= INSTITUTION and outside >= 0.5) or venue >= VENUE)
    finding = (
        f"{share:.0%} of the accounts have one e-mail domain that is no mail provider's, {outside:.0%} of whose "
        "accounts are not in the group, "
        f"and {venue:.0%} signed up at one address, or at up to {FEW} where a tenth did each; "
    )
    finding += (
        "place and time of sign-up are " + ("all" if placeless > SCREEN else "not all") + " that ties them together"
    )
    return Explanation("campus, course, employer or event", finding, max(share, venue), holds)


def _venues(addresses: Sequence[object], accounts: int) -> float:
    """Share of the accounts at the address where most signed up, with up to two more that are venues as well."""
    most = Counter(a for a in addresses if a is not None).most_common(FEW)
    return sum(n for k, (_, n) in enumerate(most) if k == 0 or n >= LEAST_VENUE * accounts) / accounts


def _application(context: Context) -> Explanation:
    """Only what they send is alike; a move to a new model says nothing against it, since a release draws everyone who
    works through a benchmark on its first day: in a world of the second simulator (default-52) four of four did."""
    sides = context.coordination.sides
    others = [p for side, p in context.coordination.without(RELEASE).sides.items() if side != "traffic"]
    only_traffic = sides.get("traffic", 1.0) < SILENT and all(p > SILENT for p in others)
    finding = "only what they send is alike, " if only_traffic else "not only what they send is alike, "
    finding += (
        "not how they were registered or how they move, but for a new model: customers of one application look so"
        if only_traffic
        else "also how they were registered or how they move; an application's customers are strangers in both"
    )
    return Explanation("customers of one application", finding, None, only_traffic)


def _public_material(context: Context) -> Explanation:
    share = context.public_share
    finding = f"{share:.0%} of what they send in common is sent verbatim by many; a given question is asked by another "
    finding += (
        f"member with a chance of {context.asked_again:.0%}: an assignment, a benchmark or a viral prompt looks so"
    )
    return Explanation("public material", finding, share, share >= PUBLIC or context.asked_again >= ASKED_AGAIN)


def _shared_proxy(context: Context) -> Explanation:
    speaking = {f.detector for f in context.coordination.findings if f.p < SILENT}
    alone = bool(speaking) and speaking <= {"address", "signup_address"}
    finding = "they share addresses and nothing else" if alone else "they share more than addresses"
    return Explanation("one proxy, many strangers", finding, None, alone)
