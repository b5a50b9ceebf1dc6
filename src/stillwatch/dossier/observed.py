"""What one campaign's tables say was seen: activity, days, shared values, members, and what was taken."""

from __future__ import annotations

from stillwatch.dossier.book import Question, columns
from stillwatch.dossier.figures import QUOTED

MEMBERS_SHOWN = 200
"""Members in the document; all are in the tables. Two hundred rows are seven pages."""
SHARED_SHOWN = 15
WEEKS_SHOWN = 60
TAKEN_SHOWN = 30
SURE = 0.9
"""Confidence in its role from which an account counts towards the lower end of the exposure."""

MEMBER_ORDER = (
    "CASE role WHEN 'harvester' THEN 0 WHEN 'mixed' THEN 1 WHEN 'bystander' THEN 2 ELSE 3 END, "
    "harvested_exchanges DESC NULLS LAST, confidence DESC, account_id"
)
_ACTIVE = "FROM members WHERE {own} AND counted"
_THEN = "FROM members WHERE {own} AND role <> 'bystander'"

ACTIVITY = (
    Question(
        "accounts",
        "accounts that count: no bystanders, and not cleared since the scan",
        f"SELECT count(*) {_ACTIVE}",
        "accounts",
        redacted="SELECT accounts FROM campaigns WHERE {own}",
    ),
    Question(
        "exchanges",
        "exchanges of these accounts",
        f"SELECT coalesce(sum(exchanges), 0) {_ACTIVE}",
        "exchanges",
        redacted="SELECT exchanges FROM campaigns WHERE {own}",
    ),
    Question(
        "bystanders",
        "members that take no part, by the scan",
        "SELECT count(*) FROM members WHERE {own} AND role = 'bystander'",
        "accounts",
    ),
    Question("first", "first exchange of a member", "SELECT first_seen FROM campaigns WHERE {own}", "time", (), QUOTED),
    Question("last", "last exchange of a member", "SELECT last_seen FROM campaigns WHERE {own}", "time", (), QUOTED),
    Question("days", "days with an exchange", "SELECT count(*) FROM timeline WHERE {own} AND exchanges > 0", "days"),
    Question(
        "busiest",
        "the day with most exchanges",
        "SELECT day, exchanges, accounts FROM timeline WHERE {own} AND exchanges IS NOT NULL "
        "ORDER BY exchanges DESC, day LIMIT 1",
        columns=columns("day day, exchanges *exchanges, accounts *accounts"),
    ),
    Question(
        "most",
        "most accounts active on one day",
        "SELECT max(accounts) FROM timeline WHERE {own}",
        "accounts",
    ),
    Question(
        "weeks",
        "exchanges by week, from its Monday",
        "SELECT CAST(date_trunc('week', day) AS DATE) AS week, sum(exchanges) AS exchanges, "
        "sum(harvested_exchanges) AS harvested, max(accounts) AS accounts, sum(new_accounts) AS new_accounts, "
        "sum(harvested_tokens) AS tokens FROM timeline WHERE {own} GROUP BY week ORDER BY week "
        f"LIMIT {WEEKS_SHOWN}",
        columns=columns(
            "week day, exchanges exchanges, harvested exchanges, accounts accounts, new_accounts accounts, "
            "tokens tokens"
        ),
    ),
)
CLEARED = Question(
    "cleared",
    "accounts that were cleared or marked as bystander since the scan, and count no more",
    f"SELECT count(*) {_THEN} AND NOT counted",
    "accounts",
    redacted="SELECT cleared FROM campaigns WHERE {own}",
)
AT_SCAN = (
    Question(
        "accounts_then",
        "accounts that are no bystanders, as the scan counted them",
        f"SELECT count(*) {_THEN}",
        "accounts",
        redacted="SELECT accounts_at_scan FROM campaigns WHERE {own}",
    ),
    Question(
        "exchanges_then",
        "exchanges of these accounts",
        f"SELECT coalesce(sum(exchanges), 0) {_THEN}",
        "exchanges",
        redacted="SELECT exchanges_at_scan FROM campaigns WHERE {own}",
    ),
    Question(
        "harvested_then",
        "of these, judged to be harvest",
        f"SELECT coalesce(sum(harvested_exchanges), 0) {_THEN}",
        "exchanges",
        redacted="SELECT harvested_exchanges_at_scan FROM campaigns WHERE {own}",
    ),
    Question(
        "tokens_then",
        "output and reasoning tokens of these",
        "SELECT coalesce(sum(output_tokens + reasoning_tokens), 0) FROM exposure_at_scan WHERE {own}",
        "tokens",
        redacted="SELECT harvested_tokens_at_scan FROM campaigns WHERE {own}",
    ),
)
"""What the scan had counted; asked where accounts were cleared since."""
PRICED_AT_SCAN = Question(
    "cost_then",
    "list price of what was taken, as the scan counted it",
    "SELECT p.currency, sum(e.input_tokens * p.input + (e.output_tokens + e.reasoning_tokens) * p.output) / 1000000 "
    "AS cost FROM exposure_at_scan e JOIN prices p ON p.model = e.model WHERE e.{own} GROUP BY p.currency "
    "ORDER BY p.currency",
    columns=columns("currency text, cost price"),
)
SHARING = (
    Question(
        "kinds",
        "shared values by kind",
        'SELECT detector, count(*) AS "values", count(*) FILTER (WHERE accounts_outside = 0) AS alone, '
        "max(accounts_inside) AS widest FROM shared WHERE {own} GROUP BY detector ORDER BY detector",
        columns=columns("detector name, values values, alone values, widest accounts"),
    ),
    Question(
        "shared",
        "the most telling shared values",
        "SELECT detector, value, accounts_inside, accounts_outside, exchanges, strength, CAST(first_seen AS DATE) AS "
        "first_seen FROM shared WHERE {own} ORDER BY accounts_inside * strength DESC NULLS LAST, detector, value "
        f"LIMIT {SHARED_SHOWN}",
        columns=columns(
            "detector name, value *text, inside *accounts, outside *accounts, exchanges *exchanges, strength *nats, "
            "first_seen *day"
        ),
    ),
    Question("shared_total", "shared values listed", "SELECT count(*) FROM shared WHERE {own}", "values"),
    Question(
        "overlaps",
        "uncommon values that other listed groups hold too",
        "SELECT CASE WHEN campaign_a = {campaign} THEN campaign_b ELSE campaign_a END AS other, kind, values_shared, "
        "CASE WHEN campaign_a = {campaign} THEN accounts_a ELSE accounts_b END AS here, "
        "CASE WHEN campaign_a = {campaign} THEN accounts_b ELSE accounts_a END AS there, accounts_outside, meaning "
        'FROM "overlaps" WHERE campaign_a = {campaign} OR campaign_b = {campaign} ORDER BY other, kind',
        columns=columns(
            "other *text, kind *name, shared *values, here *accounts, there *accounts, outside *accounts, "
            "meaning *sentence"
        ),
    ),
)
MEMBERS = (
    Question(
        "roles",
        "members by role",
        "SELECT role, count(*) AS accounts FROM members WHERE {own} AND role IS NOT NULL "
        "GROUP BY role ORDER BY accounts DESC, role",
        columns=columns("role text, accounts accounts"),
    ),
    Question(
        "unsure",
        "members in whose role confidence is below one half",
        "SELECT count(*) FROM members WHERE {own} AND confidence < 0.5",
        "accounts",
    ),
    Question(
        "members",
        "the first members, harvesters first",
        "SELECT account_id, CASE WHEN NOT counted AND role <> 'bystander' THEN 'cleared' ELSE role END AS role, "
        "confidence, exchanges, harvested_exchanges, link_strength, "
        f"CAST(first_linked AS DATE) AS first_linked FROM members WHERE {{own}} ORDER BY {MEMBER_ORDER} "
        f"LIMIT {MEMBERS_SHOWN}",
        columns=columns(
            "account *text, role *name, confidence *confidence, exchanges *exchanges, harvested *exchanges, "
            "strength *nats, first_linked *day"
        ),
    ),
    Question("members_total", "members listed", "SELECT count(*) FROM members WHERE {own}", "rows"),
)

_HARVEST = f"(SELECT coalesce(sum(harvested_exchanges), 0) {_ACTIVE})"
_TOKENS = "(SELECT coalesce(sum(output_tokens + reasoning_tokens), 0) FROM exposure WHERE {own})"
_CERTAIN = (
    f"(SELECT coalesce(sum(harvested_exchanges) FILTER (WHERE confidence >= {SURE}), 0) "
    f"/ nullif(sum(harvested_exchanges), 0) {_ACTIVE})"
)
_PRICED = "FROM exposure e JOIN prices p ON p.model = e.model WHERE e.{own}"
TAKEN = (
    Question(
        "harvested",
        "exchanges judged to be harvest",
        f"SELECT {_HARVEST}",
        "exchanges",
        redacted="SELECT harvested_exchanges FROM campaigns WHERE {own}",
    ),
    Question(
        "harvested_share",
        "share of their exchanges that is judged to be harvest",
        f"SELECT {_HARVEST} / nullif(sum(exchanges), 0) {_ACTIVE}",
        "share",
        redacted="SELECT harvested_exchanges / nullif(exchanges, 0) FROM campaigns WHERE {own}",
    ),
    Question(
        "harvested_low",
        f"the same, of accounts whose role has a confidence of at least {SURE}",
        f"SELECT CAST(round({_HARVEST} * {_CERTAIN}) AS BIGINT)",
        "exchanges",
        redacted=f"SELECT CAST(round(harvested_exchanges * {_CERTAIN}) AS BIGINT) FROM campaigns WHERE {{own}}",
    ),
    Question("tokens", "output and reasoning tokens of harvested exchanges", f"SELECT {_TOKENS}", "tokens"),
    Question(
        "tokens_low",
        f"the same, in proportion to the exchanges of accounts with a confidence of at least {SURE}",
        f"SELECT CAST(round({_TOKENS} * {_CERTAIN}) AS BIGINT)",
        "tokens",
    ),
    Question(
        "tokens_estimated",
        "share of these tokens that were estimated from the length of the text",
        "SELECT coalesce(sum(output_tokens + reasoning_tokens) FILTER (WHERE tokens_estimated), 0) "
        "/ nullif(sum(output_tokens + reasoning_tokens), 0) FROM exposure WHERE {own}",
        "share",
    ),
    Question(
        "capabilities",
        "share of harvested exchanges by capability",
        "SELECT capability, share FROM capabilities WHERE {own} ORDER BY share DESC, capability",
        columns=columns("name *name, share *share"),
    ),
    Question(
        "taken",
        "harvested exchanges and their tokens by capability and model",
        "SELECT capability, model, harvested_exchanges, input_tokens, output_tokens, reasoning_tokens, "
        "tokens_estimated FROM exposure WHERE {own} ORDER BY harvested_exchanges DESC NULLS LAST, capability, model "
        f"LIMIT {TAKEN_SHOWN}",
        columns=columns(
            "capability *name, model *text, exchanges *exchanges, input *tokens, output *tokens, reasoning *tokens, "
            "estimated *yes"
        ),
    ),
    Question("taken_total", "rows of that table", "SELECT count(*) FROM exposure WHERE {own}", "rows"),
)
PRICED = (
    Question(
        "cost",
        "list price of what was taken, input and output",
        "SELECT p.currency, sum(e.input_tokens * p.input + (e.output_tokens + e.reasoning_tokens) * p.output) "
        f"/ 1000000 AS cost, sum(e.harvested_exchanges) AS exchanges {_PRICED} GROUP BY p.currency ORDER BY p.currency",
        columns=columns("currency text, cost price, exchanges exchanges"),
    ),
    Question(
        "unpriced",
        "harvested exchanges of models without a price",
        "SELECT coalesce(sum(harvested_exchanges), 0) FROM exposure WHERE {own} AND model NOT IN "
        "(SELECT model FROM prices)",
        "exchanges",
    ),
)
GAIN = (
    Question(
        "gains",
        "what as many exchanges taught small models of the test range",
        "SELECT capability, max(teacher) AS teacher, max(expected) FILTER (WHERE reasoning) AS with_reasoning, "
        "max(low) FILTER (WHERE reasoning) AS with_low, max(high) FILTER (WHERE reasoning) AS with_high, "
        "max(expected) FILTER (WHERE NOT reasoning) AS alone, max(low) FILTER (WHERE NOT reasoning) AS alone_low, "
        "max(high) FILTER (WHERE NOT reasoning) AS alone_high FROM gains WHERE {own} GROUP BY capability "
        "ORDER BY capability",
        columns=columns(
            "capability name, teacher *whole share, with_reasoning *whole share, with_low *whole share, "
            "with_high *whole share, alone *whole share, alone_low *whole share, alone_high *whole share"
        ),
    ),
    Question(
        "range",
        "how that was measured",
        "SELECT measured, machine, models, floor, smallest, largest FROM gains WHERE {own} ORDER BY capability LIMIT 1",
        columns=columns(
            "measured *day, machine *text, models *text, floor *whole share, smallest *exchanges, largest *exchanges"
        ),
    ),
)
