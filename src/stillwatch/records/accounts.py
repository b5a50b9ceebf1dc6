"""The account record: what the provider knows about a customer account from its sign-up."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.records.schema import TIMESTAMP, Column, TableSchema

ACCOUNTS = TableSchema(
    "accounts",
    "one row per customer account",
    (
        Column("account_id", pa.string(), "the customer account", required=True),
        Column("created_time", TIMESTAMP, "sign-up", required=True),
        Column("organization_id", pa.string(), "verified organisation: its accounts are declared to belong together"),
        Column("email_domain", pa.string(), "domain of the address given at sign-up"),
        Column("phone_country", pa.string(), "two letters; never evidence"),
        Column("billing_country", pa.string(), "two letters; never evidence"),
        Column("payment_fingerprint", pa.string(), "opaque token of the payment instrument"),
        Column("signup_ip", pa.string(), "address at sign-up"),
        Column("device_fingerprint", pa.string(), "device at sign-up"),
        Column("programme", pa.string(), "none, education, startup or security_research"),
        Column("plan", pa.string(), "the provider's plan name"),
    ),
)
