"""The exchange record: one request to a model and its answer. Names follow OpenTelemetry where it has one."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.records.schema import TIMESTAMP, Column, TableSchema

EXCHANGES = TableSchema(
    "exchanges",
    "one row per request to a model and its answer",
    (
        Column("exchange_id", pa.string(), "unique per request", required=True),
        Column("time", TIMESTAMP, "when the request arrived", required=True),
        Column("account_id", pa.string(), "the customer account that is billed", required=True),
        Column("model", pa.string(), "model asked for", required=True),
        Column("api_key_id", pa.string(), "key used, never the key"),
        Column("surface", pa.string(), "api, app, or the name of a cloud marketplace"),
        Column("client_ip", pa.string(), "address seen by the edge"),
        Column("client_asn", pa.int32(), "autonomous system of the address"),
        Column("client_country", pa.string(), "country of the address, two letters; never evidence"),
        Column("user_agent", pa.string(), "client software as it names itself"),
        Column("tls_fingerprint", pa.string(), "client software as its handshake shows it, JA4 or similar"),
        Column("conversation_id", pa.string(), "session"),
        Column("turn", pa.int16(), "position in the session, from 1"),
        Column("system_text", pa.string(), "system prompt"),
        Column("input_text", pa.string(), "newest user message"),
        Column("output_text", pa.string(), "answer"),
        Column("input_tokens", pa.int32(), "as billed"),
        Column("output_tokens", pa.int32(), "as billed"),
        Column("reasoning_tokens", pa.int32(), "as billed"),
        Column("tool_names", pa.list_(pa.string()), "tools declared in the request"),
        Column("temperature", pa.float32(), "request parameter"),
        Column("max_output_tokens", pa.int32(), "request parameter"),
        Column("status", pa.int16(), "HTTP status"),
    ),
)
