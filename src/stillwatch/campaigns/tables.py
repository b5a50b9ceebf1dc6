"""The relational half of the stage: what the questions read, gathered in the engine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.counts import BESIDE, COUNTED, COUNTS, sent_again
from stillwatch.campaigns.customers import FIRM, customers
from stillwatch.campaigns.harvest.pool import LEAST_CUSTOMERS, MOST_SHARE
from stillwatch.campaigns.membership import NO_LINKS, Ties
from stillwatch.campaigns.model import Bools, Groups, Index, Ints, Population
from stillwatch.engine import Engine, Step
from stillwatch.links import FRAME, LINK_DETECTORS, Links, read_side
from stillwatch.links.verbatim import LEAST_WORDS
from stillwatch.signals.lexicon import SHOWN

SHOWS_INTENT = f"(f.intent >= {SHOWN})"
"""An exchange shows intent if its three scores together do: a trajectory with its reasoning is both in half."""
KNOWN = 3
"""Hands that ask a message word for word from which it is known material (a benchmark, an assignment) and no item that
somebody collects: its instruction score counts as 0."""
KINDS = tuple(detector.name for detector in LINK_DETECTORS)


def read_population(engine: Engine) -> Population:
    """Every account with its customer, sign-up and activity, by member number."""
    table = engine.fetch(
        "SELECT p.member, r.organisation, r.email_domain, r.payment, r.signup_address, r.created_time, p.exchanges, "
        "p.first_time, p.last_time, d.days "
        "FROM population p LEFT JOIN registrations r ON r.account = p.account "
        "JOIN (SELECT member, COUNT(DISTINCT day) AS days FROM facts GROUP BY member) AS d ON d.member = p.member "
        "ORDER BY p.member"
    )
    created = np.asarray(table["created_time"].cast(pa.int64()).fill_null(-1)).astype(np.int64)
    return Population(
        unit=customers(table),
        created=created,
        exchanges=np.asarray(table["exchanges"]).astype(np.int64),
        active_days=np.asarray(table["days"]).astype(np.int64),
        first_time=np.asarray(table["first_time"].cast(pa.int64())).astype(np.int64),
        last_time=np.asarray(table["last_time"].cast(pa.int64())).astype(np.int64),
    )


def register_grouped(engine: Engine, groups: Groups) -> None:
    """Table `grouped` (member, grp)."""
    member = np.flatnonzero(groups.of >= 0)
    engine.register("grouped", pa.table({"member": member.astype(np.int32), "grp": groups.of[member].astype(np.int32)}))


def register_common_work(engine: Engine) -> None:
    """Tables `typical` and `common_work` (grp, member, exchange, length) of the accounts in `grouped`."""
    engine.run(_common_work_steps())


def _common_work_steps() -> list[Step]:
    """Typical of a group are the wordings whose holders are mostly in it, and of these the ones that show at least half
    the intent of all: other people's work that passes through a pool has wordings of its own, and is not its work."""
    return [
        Step(
            "own_wordings",
            "SELECT g.grp, h.value FROM holdings h JOIN grouped g ON g.member = h.member WHERE h.detector = 0 "
            "GROUP BY g.grp, h.value HAVING COUNT(*) >= 3 AND COUNT(*) * 2 >= MAX(h.holders)",
        ),
        Step(
            "own_work",
            "SELECT g.grp, w.member, w.exchange, w.value, w.length, w.intent FROM worded w "
            "JOIN grouped g ON g.member = w.member JOIN own_wordings o ON o.grp = g.grp AND o.value = w.value "
            "WHERE w.original",
        ),
        Step(
            "intent_by_wording",
            "SELECT grp, value, COUNT(*) AS exchanges, CAST(SUM(intent) AS BIGINT) AS intents FROM own_work "
            "GROUP BY grp, value",
        ),
        Step(
            "typical",
            "SELECT i.grp, i.value FROM intent_by_wording i JOIN (SELECT grp, SUM(exchanges) AS exchanges, "
            "SUM(intents) AS intents FROM intent_by_wording GROUP BY grp) AS t ON t.grp = i.grp "
            "WHERE 2 * i.intents * t.exchanges >= t.intents * i.exchanges",
        ),
        Step(
            "common_work",
            "SELECT o.grp, o.member, o.exchange, MAX(o.length) AS length FROM own_work o "
            "JOIN typical t ON t.grp = o.grp AND t.value = o.value GROUP BY o.grp, o.member, o.exchange",
        ),
    ]


def read_parts(engine: Engine) -> pa.Table:
    """For each grouped account: its exchanges, and how many of them are the group's common work."""
    return engine.fetch(
        "SELECT g.grp, g.member, p.exchanges, COALESCE(c.common, 0) AS common FROM grouped g "
        "JOIN population p ON p.member = g.member LEFT JOIN (SELECT member, COUNT(*) AS common FROM common_work "
        "GROUP BY member) AS c ON c.member = g.member ORDER BY g.member"
    )


def read_held(engine: Engine, kinds: Collection[str] = KINDS) -> pa.Table:
    """Holdings of grouped accounts of these kinds, rarest kinds and hubs alike."""
    codes = ", ".join(str(KINDS.index(kind)) for kind in kinds)
    return engine.fetch(
        "SELECT h.detector, h.member, h.value, h.holders FROM holdings h JOIN grouped g ON g.member = h.member "
        f"WHERE h.detector IN ({codes}) ORDER BY h.detector, h.member, h.value"
    )


def read_ties(engine: Engine, links: Links) -> Ties:
    """What ties an account to a grouped one, but for links: every holding of a value that a grouped account holds."""
    kinds = ", ".join(str(k) for k, d in enumerate(LINK_DETECTORS) if d.name not in ("wording", "verbatim"))
    table = engine.fetch(
        "SELECT h.detector, h.member, h.value, h.holders, n.held FROM holdings h "
        "JOIN (SELECT DISTINCT x.detector, x.value FROM holdings x JOIN grouped g ON g.member = x.member "
        f"WHERE x.detector IN ({kinds})) AS v "
        "ON v.detector = h.detector AND v.value = h.value "
        "JOIN (SELECT detector, member, COUNT(*) AS held FROM holdings_all GROUP BY detector, member) AS n "
        "ON n.detector = h.detector AND n.member = h.member ORDER BY h.detector, h.member, h.value"
    )
    kind, member, value, holders, held = (np.asarray(table[name]).astype(np.int64) for name in table.column_names)
    bits = " + ".join(f"MAX(CASE WHEN detector = {k} THEN {1 << k} ELSE 0 END)" for k in range(len(LINK_DETECTORS)))
    any_of = engine.fetch(f"SELECT member, {bits} AS bits FROM holdings_all GROUP BY member")
    holds = np.zeros(links.accounts, np.int64)
    holds[np.asarray(any_of["member"])] = np.asarray(any_of["bits"]).astype(np.int64)
    return Ties(kind, member, value, holders, held, holds, links.likeness.near, links.likeness.mixed, NO_LINKS)


def read_linked(engine: Engine, links: Links, among: Bools) -> Ints:
    """Pairs of these accounts that what they send links, in both directions: two columns."""
    pairs = read_side(engine, "traffic", links.least, among)
    a, b = np.asarray(pairs["a"]).astype(np.int64), np.asarray(pairs["b"]).astype(np.int64)
    return np.concatenate([np.stack([a, b], axis=1), np.stack([b, a], axis=1)])


@dataclass(frozen=True)
class Wordings:
    """Wordings that grouped accounts hold: one row per account and wording, with its exchanges."""

    member: Ints
    value: Ints
    exchanges: Ints

    def take(self, rows: Ints) -> Wordings:
        """Some of the rows."""
        return Wordings(self.member[rows], self.value[rows], self.exchanges[rows])

    def rows(self, members: Ints) -> Ints:
        """The rows of these accounts, in order."""
        return self._by_member.rows(members[members < self._by_member.starts.size - 1])

    @cached_property
    def _by_member(self) -> Index:
        return Index.of(self.member, int(self.member.max(initial=-1)) + 1)


def read_wordings(engine: Engine) -> Wordings:
    """The wordings of the accounts in `grouped`."""
    table = engine.fetch(
        "SELECT h.member, h.value, h.exchanges FROM holdings h JOIN grouped g ON g.member = h.member "
        "WHERE h.detector = 0 ORDER BY h.member, h.value"
    )
    return Wordings(*(np.asarray(table[name]).astype(np.int64) for name in ("member", "value", "exchanges")))


def read_typical_uses(engine: Engine) -> Wordings:
    """How often each account in `grouped` uses each typical wording of its group. Needs `common_work`."""
    table = engine.fetch(
        "SELECT o.member, o.value, COUNT(*) AS exchanges FROM own_work o "
        "JOIN typical t ON t.grp = o.grp AND t.value = o.value GROUP BY o.member, o.value ORDER BY o.member, o.value"
    )
    return Wordings(*(np.asarray(table[name]).astype(np.int64) for name in ("member", "value", "exchanges")))


@dataclass(frozen=True)
class OwnUses:
    """Uses of groups' own frames: one row per group, account and frame, of accounts in the group or in none, ordered by
    group."""

    group: Ints
    wordings: Wordings
    inside: Bools

    def of(self, group: int) -> OwnUses:
        """The rows of one group."""
        low, high = np.searchsorted(self.group, (group, group + 1))
        rows = np.arange(low, high)
        return OwnUses(self.group[rows], self.wordings.take(rows), self.inside[rows])


def read_own_uses(engine: Engine, least: int) -> OwnUses:
    """How often accounts in each group or in none use the group's own frames. Needs `common_work`.

    Own are the typical frames that half of the group uses, with `least` exchanges and more, and of whose users three
    in four are in it; accounts of other groups count as users. A pool carries the wording of applications, and a
    harness has users that no campaign knows."""
    engine.run(
        [
            Step(
                "sent_by",
                "SELECT t.grp, w.member, w.value, COUNT(DISTINCT w.exchange) AS exchanges, "
                "MAX(CASE WHEN g.grp = t.grp THEN 1 ELSE 0 END) AS inside, "
                "MAX(CASE WHEN g.grp <> t.grp THEN 1 ELSE 0 END) AS elsewhere FROM worded w "
                "JOIN typical t ON t.value = w.value LEFT JOIN grouped g ON g.member = w.member "
                f"WHERE w.original AND w.length >= {FRAME} "
                f"GROUP BY t.grp, w.member, w.value HAVING COUNT(DISTINCT w.exchange) >= {least}",
            )
        ]
    )
    uses = engine.fetch(
        "SELECT s.grp, s.member, s.value, s.exchanges, s.inside FROM sent_by s "
        "JOIN (SELECT u.grp, u.value FROM (SELECT grp, value, SUM(inside) AS inside, COUNT(*) AS users FROM sent_by "
        "GROUP BY grp, value) AS u JOIN (SELECT grp, COUNT(*) AS size FROM grouped GROUP BY grp) AS z ON z.grp = u.grp "
        "WHERE 4 * u.inside >= 3 * u.users AND 2 * u.inside >= z.size) AS o "
        "ON o.grp = s.grp AND o.value = s.value WHERE s.elsewhere = 0 ORDER BY s.grp, s.member, s.value"
    )
    engine.drop("sent_by")
    group, member, value, exchanges, inside = (np.asarray(uses[name]).astype(np.int64) for name in uses.column_names)
    return OwnUses(group, Wordings(member, value, exchanges), inside == 1)


def register_answer_length(engine: Engine) -> None:
    """Table `answer_length`: the tokens (answer and reasoning) that one answer in four reaches."""
    lengths = engine.fetch(
        "SELECT output_tokens + COALESCE(reasoning_tokens, 0) AS tokens, COUNT(*) AS n FROM facts "
        "WHERE output_tokens IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    counts = np.cumsum(np.asarray(lengths["n"]))
    place = int(np.searchsorted(counts, 0.75 * counts[-1])) if counts.size else 0
    long_answer = lengths["tokens"][place].as_py() if counts.size else None
    engine.register("answer_length", pa.table({"long_answer": pa.array([long_answer], pa.int64())}))


def register_known(engine: Engine) -> None:
    """Tables `known_contents`: messages that three hands or more ask word for word, where a group counts as one; and
    `account_work`: what each account did, counted. Needs `asked` and `answer_length`."""
    asked = (
        "SELECT DISTINCT a.content, COALESCE(-1 - g.grp, a.member) AS hand FROM asked a "
        "LEFT JOIN grouped g ON g.member = a.member"
    )
    engine.run(
        [
            Step("known_contents", f"SELECT content FROM ({asked}) AS d GROUP BY content HAVING COUNT(*) >= {KNOWN}"),
            Step("account_work", f"SELECT f.member AS unit, {COUNTS} FROM facts f {BESIDE} GROUP BY f.member"),
        ]
    )


def read_work(engine: Engine) -> pa.Table:
    """Each group's common work: `unit` is the group, and a group without has no row."""
    return engine.fetch(
        f"SELECT g.grp AS unit, {COUNTS}, COUNT(DISTINCT f.member) AS accounts, "
        f"COUNT(DISTINCT f.content) AS distinct, COUNT(CASE WHEN g.length >= {FRAME} THEN 1 END) AS framed "
        f"FROM common_work g JOIN facts f ON f.exchange = g.exchange {BESIDE} GROUP BY g.grp ORDER BY g.grp"
    )


def read_whole(engine: Engine) -> pa.Table:
    """All exchanges of each group's accounts. Needs `account_work`."""
    sums = ", ".join(f"CAST(SUM(w.{name}) AS BIGINT) AS {name}" for name in COUNTED)
    return engine.fetch(
        "SELECT s.*, CAST(s.contents - COALESCE(a.again, 0) AS BIGINT) AS distinct, CAST(0 AS BIGINT) AS framed FROM "
        f"(SELECT g.grp AS unit, {sums}, COUNT(*) AS accounts FROM grouped g JOIN account_work w ON w.unit = g.member "
        f"GROUP BY g.grp) AS s LEFT JOIN ({sent_again()}) AS a ON a.grp = s.unit ORDER BY s.unit"
    )


def read_customers(engine: Engine, least: int) -> pa.Table:
    """The work of every single account with at least `least` exchanges; `framed` counts shared, original wordings.
    Needs `account_work`."""
    return engine.fetch(
        "SELECT w.*, CAST(w.contents - COALESCE(a.again, 0) AS BIGINT) AS distinct, COALESCE(b.framed, 0) AS framed "
        "FROM account_work w LEFT JOIN (SELECT member, SUM(exchanges - 1) AS again FROM asked GROUP BY member) AS a "
        "ON a.member = w.unit LEFT JOIN (SELECT member, COUNT(DISTINCT exchange) AS framed FROM worded "
        f"WHERE original AND length >= {FRAME} GROUP BY member) AS b ON b.member = w.unit "
        f"WHERE w.exchanges >= {least} ORDER BY w.unit"
    )


def read_registered_sets(engine: Engine, accounts: int) -> list[Ints]:
    """Accounts of one e-mail domain or sign-up address that no organisation declares; large ones are mail providers and
    gateways."""
    parts = " UNION ALL ".join(
        f"SELECT {kind} AS kind, r.{column} AS value, p.member FROM registrations r "
        f"JOIN population p ON p.account = r.account WHERE r.{column} IS NOT NULL AND r.organisation IS NULL"
        for kind, column in enumerate(("email_domain", "signup_address"))
    )
    table = engine.fetch(f"SELECT * FROM ({parts}) AS r ORDER BY kind, value, member")
    pairs = np.stack([np.asarray(table["kind"]), np.asarray(table["value"])], axis=1)
    starts = np.flatnonzero(np.r_[True, (np.diff(pairs, axis=0) != 0).any(axis=1)]) if len(pairs) else np.zeros(0, int)
    sets = np.split(np.asarray(table["member"]).astype(np.int64), starts[1:])
    return [s for s in sets if LEAST_CUSTOMERS <= s.size <= max(FIRM, MOST_SHARE * accounts)]


def read_public(engine: Engine) -> pa.Table:
    """For each group: worded exchanges, how many of them are public material; and over all messages of LEAST_WORDS
    or more, distinct (content, member) pairs and distinct contents. Needs `account_work`."""
    repeated = (
        "SELECT m.grp, CAST(m.sent - COALESCE(a.again, 0) AS BIGINT) AS contents, "
        "CAST(m.sent - COALESCE(a.by_same, 0) AS BIGINT) AS sent FROM (SELECT g.grp, SUM(w.messages) AS sent "
        "FROM account_work w JOIN grouped g ON g.member = w.unit GROUP BY g.grp HAVING SUM(w.messages) > 0) AS m "
        f"LEFT JOIN ({sent_again(LEAST_WORDS)}) AS a ON a.grp = m.grp"
    )
    return engine.fetch(
        "SELECT r.grp AS unit, COALESCE(w.worded, 0) AS worded, COALESCE(w.public, 0) AS public, r.contents, r.sent "
        f"FROM ({repeated}) AS r LEFT JOIN (SELECT g.grp, COUNT(*) AS worded, "
        "COUNT(CASE WHEN NOT w.original THEN 1 END) AS public FROM worded w JOIN grouped g ON g.member = w.member "
        "GROUP BY g.grp) AS w ON w.grp = r.grp ORDER BY r.grp"
    )


def read_domains(engine: Engine) -> pa.Table:
    """E-mail domain of grouped accounts with all its holders, and sign-up address, for the innocent explanations."""
    return engine.fetch(
        "SELECT g.grp, g.member, r.organisation, r.email_domain, r.signup_address, d.holders AS domain_holders "
        "FROM grouped g "
        "JOIN population p ON p.member = g.member LEFT JOIN registrations r ON r.account = p.account "
        "LEFT JOIN (SELECT r2.email_domain, COUNT(*) AS holders FROM registrations r2 JOIN population p2 "
        "ON p2.account = r2.account GROUP BY r2.email_domain) AS d ON d.email_domain = r.email_domain "
        "ORDER BY g.grp, g.member"
    )
