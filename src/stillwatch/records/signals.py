"""What one exchange says once it is past the door: pseudonyms, sketches and scores. No prompt, no address."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.records.schema import TIMESTAMP, Column, TableSchema

SIGNALS = TableSchema(
    "signals",
    "one row per exchange",
    (
        Column("exchange", pa.int64(), "64-bit hash of exchange_id: the key inside a scan", required=True),
        Column("account", pa.int64(), "64-bit hash of account_id: the key inside a scan", required=True),
        Column("account_id", pa.dictionary(pa.int32(), pa.string()), "as given, or a pseudonym", required=True),
        Column("time", TIMESTAMP, "when the request arrived", required=True),
        Column("day", pa.int32(), "day of the request (UTC) since 1970", required=True),
        Column("slot", pa.int32(), "five-minute slot of the request since 1970", required=True),
        Column("model", pa.dictionary(pa.int32(), pa.string()), "model asked for", required=True),
        Column("answered", pa.bool_(), "false where the status says that no answer was given", required=True),
        Column("address", pa.int64(), "pseudonym of client_ip"),
        Column("client", pa.int64(), "pseudonym of user_agent and tls_fingerprint together"),
        Column("conversation", pa.int64(), "hash of conversation_id"),
        Column("turn", pa.int16(), "position in the conversation, from 1"),
        Column("words", pa.int32(), "words of the newest user message; 0 without text", required=True),
        Column("content", pa.int64(), "keyed hash of that message; null without text"),
        Column("shingles", pa.list_(pa.int64()), "sampled word shingles of that message", required=True),
        Column("system_shingles", pa.list_(pa.int64()), "sampled word shingles of the system prompt", required=True),
        Column("bag", pa.list_(pa.int8(), 32), "hashed bag of words of that message: 32 signed counts", required=True),
        Column("capability", pa.int8(), "code of the capability asked for; null without text or tools"),
        Column("elicitation", pa.int32(), "score in thousandths", required=True),
        Column("grading", pa.int32(), "score in thousandths", required=True),
        Column("generation", pa.int32(), "score in thousandths", required=True),
        Column("instruction", pa.int32(), "score in thousandths, 0 to 1000; 0 without text", required=True),
        Column("input_tokens", pa.int32(), "as billed, or a quarter of the bytes of the text"),
        Column("output_tokens", pa.int32(), "as billed, or a quarter of the bytes of the text"),
        Column("reasoning_tokens", pa.int32(), "as billed"),
        Column("estimated", pa.bool_(), "true where a token count is an estimate from the text", required=True),
    ),
)
