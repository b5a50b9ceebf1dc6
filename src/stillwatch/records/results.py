"""What a scan leaves behind: Parquet tables that any tool can open. `campaigns` and `members` are a fixed contract."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.records.schema import TIMESTAMP, Column, TableSchema

SHARES = pa.map_(pa.string(), pa.float64())

CAMPAIGNS = TableSchema(
    "campaigns",
    "one row per group of accounts that acts as one",
    (
        Column("campaign_id", pa.string(), "stable name derived from its first exchange", required=True),
        Column("verdict", pa.string(), "distillation (the only accusation), coordinated or watch", required=True),
        Column(
            "coordination",
            pa.float64(),
            "-log10 of the p-value that nothing but chance ties them together; 0 up, higher is stronger",
        ),
        Column("formed_by", pa.string(), "side whose links made the group (traffic, registration); no evidence of it"),
        Column("sets_tried", pa.int64(), "sets of accounts of which this one is tied most clearly; p counts them all"),
        Column(
            "harvest", pa.float64(), "-log10 of the p-value that an honest customer looks so; 0 up, higher is stronger"
        ),
        Column("q_value", pa.float64(), "false-discovery level at which it is accused, 0 to 1"),
        Column(
            "asked_with",
            pa.list_(pa.string()),
            "campaigns with which accounts of it were one group when both questions were asked; null if asked alone",
        ),
        Column("first_seen", TIMESTAMP, "first exchange of a member"),
        Column("last_seen", TIMESTAMP, "last exchange of a member"),
        Column("accounts", pa.int64(), "members that are no bystanders"),
        Column("exchanges", pa.int64(), "all exchanges of these accounts"),
        Column("harvested_exchanges", pa.int64(), "exchanges judged to be harvest"),
        Column("harvested_tokens", pa.int64(), "output and reasoning tokens of harvested exchanges"),
        Column("capabilities", SHARES, "share of harvested exchanges by capability, sums to 1"),
    ),
)

MEMBERS = TableSchema(
    "members",
    "one row per campaign and account",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("account_id", pa.string(), "", required=True),
        Column("role", pa.string(), "harvester, mixed or bystander", required=True),
        Column("confidence", pa.float64(), "that the account has this role, 0 to 1"),
        Column("first_linked", TIMESTAMP, "when the first shared value was seen on this account"),
        Column("exchanges", pa.int64(), "exchanges of the account in the scan"),
        Column("harvested_exchanges", pa.int64(), "of these, judged to be harvest"),
        Column("link_strength", pa.float64(), "mean strength of its links inside the campaign, in nats"),
    ),
)

EVIDENCE = TableSchema(
    "evidence",
    "one row per campaign and detector: what was observed, and what was expected of unconnected accounts",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("question", pa.string(), "coordination or harvest", required=True),
        Column("detector", pa.string(), "file name of the detector", required=True),
        Column("statement", pa.string(), "the observation in a sentence, without identifiers", required=True),
        Column("observed", pa.float64(), "the statistic on the campaign"),
        Column("expected", pa.float64(), "the same under the null"),
        Column("unit", pa.string(), "unit of observed and expected"),
        Column("log10_p", pa.float64(), "log10 of the p-value against the null, 0 or negative"),
        Column("strength", pa.float64(), "what it adds to the answer, in nats; 0 where it adds nothing"),
        Column("q_without", pa.float64(), "false-discovery level at which the group is accused if this is left out"),
    ),
)

EXPLANATIONS = TableSchema(
    "explanations",
    "one row per campaign and innocent explanation that was considered",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("explanation", pa.string(), "short name", required=True),
        Column("finding", pa.string(), "what was looked at and found, in a sentence", required=True),
        Column("share", pa.float64(), "share of the accounts that it would explain, 0 to 1; null if not measurable"),
        Column("holds", pa.bool_(), "whether it explains the group away"),
    ),
)

SHARED = TableSchema(
    "shared",
    "one row per campaign and shared value, most telling first",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("detector", pa.string(), "", required=True),
        Column("value", pa.string(), "pseudonym or sketch of the value", required=True),
        Column("accounts_inside", pa.int64(), "members that hold it"),
        Column("accounts_outside", pa.int64(), "accounts in the scan that hold it and are no members"),
        Column("exchanges", pa.int64(), "exchanges of members that carry it; null for a sign-up value"),
        Column("strength", pa.float64(), "weight of sharing this value, in nats"),
        Column("first_seen", TIMESTAMP, ""),
    ),
)

HOLDINGS = TableSchema(
    "holdings",
    "one row per member and shared value that it holds",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("account_id", pa.string(), "", required=True),
        Column("detector", pa.string(), "", required=True),
        Column("value", pa.string(), "pseudonym or sketch of the value", required=True),
        Column("exchanges", pa.int64(), "exchanges of the account that carry it; null for a sign-up value"),
        Column("strength", pa.float64(), "weight of sharing this value, in nats"),
        Column("first_seen", TIMESTAMP, ""),
    ),
)

TIMELINE = TableSchema(
    "timeline",
    "one row per campaign and day (UTC)",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("day", pa.date32(), "", required=True),
        Column("exchanges", pa.int64(), ""),
        Column("harvested_exchanges", pa.int64(), ""),
        Column("accounts", pa.int64(), "members active on that day"),
        Column("new_accounts", pa.int64(), "members whose first exchange was on that day"),
        Column("harvested_tokens", pa.int64(), ""),
    ),
)

ACTIVITY = TableSchema(
    "activity",
    "one row per listed account and day (UTC), whatever campaign lists it",
    (
        Column("account_id", pa.string(), "", required=True),
        Column("day", pa.date32(), "", required=True),
        Column("exchanges", pa.int64(), "all exchanges of the account on that day"),
        Column("harvested_exchanges", pa.int64(), "of these, judged to be harvest"),
        Column("tokens", pa.int64(), "output and reasoning tokens of all of them"),
        Column("harvested_tokens", pa.int64(), "of these, of harvested exchanges"),
    ),
)

USAGE = TableSchema(
    "usage",
    "one row per listed account, capability and model, whatever campaign lists it",
    (
        Column("account_id", pa.string(), "", required=True),
        Column("capability", pa.string(), "", required=True),
        Column("model", pa.string(), "", required=True),
        Column("exchanges", pa.int64(), "all exchanges of the account of that kind"),
        Column("harvested_exchanges", pa.int64(), "of these, judged to be harvest"),
        Column("input_tokens", pa.int64(), "of harvested exchanges"),
        Column("output_tokens", pa.int64(), "of harvested exchanges"),
        Column("reasoning_tokens", pa.int64(), "of harvested exchanges"),
        Column("tokens_estimated", pa.bool_(), "true where the log had no token counts of a harvested exchange"),
    ),
)

EXPOSURE = TableSchema(
    "exposure",
    "one row per campaign, capability and model",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("capability", pa.string(), "", required=True),
        Column("model", pa.string(), "", required=True),
        Column("harvested_exchanges", pa.int64(), ""),
        Column("input_tokens", pa.int64(), "of harvested exchanges"),
        Column("output_tokens", pa.int64(), "of harvested exchanges"),
        Column("reasoning_tokens", pa.int64(), "of harvested exchanges"),
        Column("tokens_estimated", pa.bool_(), "true where the log had no token counts and text length stood in"),
    ),
)

OVERLAPS = TableSchema(
    "overlaps",
    "one row per pair of listed campaigns and kind of uncommon value that both hold",
    (
        Column("campaign_a", pa.string(), "the first of the two by name", required=True),
        Column("campaign_b", pa.string(), "the other", required=True),
        Column("kind", pa.string(), "detector that reads such values", required=True),
        Column("values_shared", pa.int64(), "values that members of both hold", required=True),
        Column("accounts_a", pa.int64(), "members of campaign_a that hold at least one of them", required=True),
        Column("accounts_b", pa.int64(), "members of campaign_b that hold at least one of them", required=True),
        Column("accounts_outside", pa.int64(), "accounts in neither that hold at least one of them", required=True),
        Column("meaning", pa.string(), "what that is expected to mean, in a sentence", required=True),
    ),
)

HARVESTED = TableSchema(
    "harvested",
    "one row per harvested exchange of a listed campaign; written only when asked for",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("account_id", pa.string(), "", required=True),
        Column("exchange_id", pa.string(), "as the log gives it", required=True),
    ),
)

REJECTS = TableSchema(
    "rejects",
    "one row per record that did not fit and was kept aside",
    (
        Column("file", pa.string(), "path as given", required=True),
        Column("line", pa.int64(), "line or row, from 1; null where the file has none"),
        Column("reason", pa.string(), "what did not fit; never the content", required=True),
    ),
)

RESULT_TABLES = (
    CAMPAIGNS,
    MEMBERS,
    EVIDENCE,
    EXPLANATIONS,
    SHARED,
    HOLDINGS,
    TIMELINE,
    ACTIVITY,
    USAGE,
    EXPOSURE,
    OVERLAPS,
    REJECTS,
)
