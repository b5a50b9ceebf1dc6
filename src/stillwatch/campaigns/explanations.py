"""Innocent explanations: each is looked at for every group, and told whether it holds or not.

An explanation that holds keeps a group from being accused, whatever the strength of evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from stillwatch.campaigns.coordination import Coordination

MOST = 0.8
"""Share of accounts from which one explanation covers a group; the rest are strays of the clustering."""
FIRM = 50
"""Accounts up to which one payment or one e-mail domain for nearly all of a group means one open customer: a firm or
team that hides nothing. The pools on record are larger by far (273 accounts and up), and rotate both."""
SILENT = 0.01
"""P-value above which a side of coordination is taken to say nothing."""


@dataclass(frozen=True)
class Explanation:
    """One innocent explanation of one group. `share` is the share of accounts it covers, None if not measurable."""

    name: str
    finding: str
    share: float | None
    holds: bool


@dataclass(frozen=True)
class Context:
    """What the explanations look at, of one group."""

    accounts: int
    registrations: pa.Table
    coordination: Coordination
    public_share: float
    harvests: bool


def explain_innocently(context: Context) -> tuple[Explanation, ...]:
    """Every explanation, in a fixed order."""
    return (
        _declared(context),
        _open_customer(context),
        _course(context),
        _application(context),
        _public_material(context),
        _shared_proxy(context),
    )


def _largest_share(values: Sequence[object], accounts: int) -> float:
    counts = Counter(v for v in values if v is not None)
    return max(counts.values(), default=0) / accounts


def _declared(context: Context) -> Explanation:
    share = _largest_share(context.registrations["organisation"].to_pylist(), context.accounts)
    finding = f"{share:.0%} of the accounts belong to one verified organisation"
    return Explanation("declared organisation", finding, share, share >= MOST)


def _open_customer(context: Context) -> Explanation:
    payment = _largest_share(context.registrations["payment"].to_pylist(), context.accounts)
    domain = _largest_share(context.registrations["email_domain"].to_pylist(), context.accounts)
    share = max(payment, domain)
    finding = (
        f"{payment:.0%} of the accounts are paid with one instrument, {domain:.0%} have one e-mail domain; "
        f"a firm that hides nothing looks so, up to {FIRM} accounts"
    )
    return Explanation("one open customer", finding, share, share >= MOST and context.accounts <= FIRM)


def _course(context: Context) -> Explanation:
    education = context.registrations["education"].to_pylist()
    share = sum(bool(e) for e in education) / context.accounts
    finding = f"{share:.0%} of the accounts are in an education programme; " + (
        "a course would not collect training data" if context.harvests else "a course with common assignments looks so"
    )
    return Explanation("campus or course", finding, share, share >= MOST and not context.harvests)


def _application(context: Context) -> Explanation:
    sides = context.coordination.sides
    others = [p for side, p in sides.items() if side != "traffic"]
    only_traffic = sides.get("traffic", 1.0) < SILENT and all(p > SILENT for p in others)
    finding = "only what they send is alike, " if only_traffic else "not only what they send is alike, "
    finding += (
        "not how they were registered or how they move: customers of one application look so"
        if only_traffic
        else "also how they were registered or how they move; an application's customers are strangers in both"
    )
    return Explanation("customers of one application", finding, None, only_traffic)


def _public_material(context: Context) -> Explanation:
    share = context.public_share
    finding = (
        f"{share:.0%} of what they send in common is sent verbatim by many: an assignment, a benchmark, a viral prompt"
    )
    return Explanation("public material", finding, share, share >= 0.5)


def _shared_proxy(context: Context) -> Explanation:
    speaking = {f.detector for f in context.coordination.findings if f.p < SILENT}
    alone = bool(speaking) and speaking <= {"address", "signup_address"}
    finding = "they share addresses and nothing else" if alone else "they share more than addresses"
    return Explanation("one proxy, many strangers", finding, None, alone)
