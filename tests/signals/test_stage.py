"""Exchange records to signals: what each row says, whatever the rows around it, and nothing that it should not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.records import ACCOUNTS, EXCHANGES
from stillwatch.records.signals import SIGNALS
from stillwatch.signals import Key, Signaller, Tally, registrations, write_signals
from stillwatch.signals.stage import account_keys

KEY = Key(b"k" * 32)
START = datetime(2026, 5, 4, 23, 57, tzinfo=UTC)
Rows = list[dict[str, Any]]


def _batch(rows: Rows) -> pa.Table:
    usual = {"model": "m", "account_id": "ada", "time": START}
    return pa.Table.from_pylist(
        [usual | {"exchange_id": f"x{n}"} | r for n, r in enumerate(rows)], schema=EXCHANGES.arrow
    )


def _signals(rows: Rows, signaller: Signaller | None = None) -> Rows:
    found: Rows = (signaller or Signaller(KEY)).signals(_batch(rows)).to_pylist()
    return found


def _one(**columns: Any) -> dict[str, Any]:
    return _signals([columns])[0]


def test_signals_have_the_schema_of_the_record() -> None:
    assert Signaller(KEY).signals(_batch([{}, {}])).schema.equals(SIGNALS.arrow)
    assert Signaller(KEY).signals(_batch([])).schema.equals(SIGNALS.arrow)


def test_a_bare_exchange_says_nothing_that_it_does_not_know() -> None:
    row = _one()
    for name in ("address", "client", "conversation", "turn", "content", "capability", "input_tokens"):
        assert row[name] is None, name
    assert (row["words"], row["shingles"], row["system_shingles"], row["estimated"]) == (0, [], [], False)
    assert row["answered"] is True


@pytest.mark.parametrize("status", [None, 200, 204, 302])
def test_answered(status: int | None) -> None:
    assert _one(status=status)["answered"] is True


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_not_answered(status: int) -> None:
    assert _one(status=status)["answered"] is False


@pytest.mark.parametrize(
    ("time", "day", "slot"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0, 0),
        (datetime(1970, 1, 1, 0, 4, 59, 999999, tzinfo=UTC), 0, 0),
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), 0, 1),
        (datetime(1970, 1, 2, tzinfo=UTC), 1, 288),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), -1, -1),
    ],
)
def test_days_and_slots_are_utc(time: datetime, day: int, slot: int) -> None:
    row = _one(time=time)
    assert (row["day"], row["slot"], row["time"]) == (day, slot, time)


def test_tokens_are_as_billed_or_a_quarter_of_the_bytes() -> None:
    billed = _one(input_text="x" * 400, output_text="y" * 80, input_tokens=7, output_tokens=9)
    assert (billed["input_tokens"], billed["output_tokens"], billed["estimated"]) == (7, 9, False)
    guessed = _one(input_text="x" * 400, output_text="é" * 40)
    assert (guessed["input_tokens"], guessed["output_tokens"], guessed["estimated"]) == (100, 20, True)
    unknown = _one(output_tokens=9, reasoning_tokens=3)
    assert (unknown["input_tokens"], unknown["output_tokens"], unknown["reasoning_tokens"]) == (None, 9, 3)
    assert unknown["estimated"] is False


def test_client_is_agent_and_handshake_together() -> None:
    agent, hand, both, other = _signals(
        [
            {"user_agent": "curl/8"},
            {"tls_fingerprint": "t13d"},
            {"user_agent": "curl/8", "tls_fingerprint": "t13d"},
            {"user_agent": "curl/9", "tls_fingerprint": "t13d"},
        ]
    )
    assert len({row["client"] for row in (agent, hand, both, other)}) == 4
    assert None not in {row["client"] for row in (agent, hand, both, other)}


def test_content_is_the_words_and_the_key() -> None:
    here, there = _one(input_text="solve 3 + 4"), _one(input_text="solve 3 + 5")
    assert here["content"] != there["content"]
    assert here["content"] == _one(input_text="solve 3 + 4", account_id="bob", model="n")["content"]
    again = _signals([{"input_text": "solve 3 + 4"}], Signaller(Key(b"o" * 32)))[0]
    assert again["content"] != here["content"]
    assert again["address"] == here["address"] is None


def test_nothing_but_the_account_and_the_model_is_readable() -> None:
    secret = {
        "client_ip": "203.0.113.9",
        "user_agent": "curl/8",
        "tls_fingerprint": "t13d1516",
        "conversation_id": "talk-77",
        "api_key_id": "key-55",
        "system_text": "be brief and kind",
        "input_text": "who was it that wrote this letter to my aunt",
        "output_text": "nobody can say that",
    }
    said = repr(_one(**secret))
    for value in secret.values():
        assert value not in said
    assert "ada" in said


def test_hidden_accounts_are_the_same_in_exchanges_and_registrations() -> None:
    signaller = Signaller(KEY, pseudonymise_accounts=True)
    row = _signals([{}], signaller)[0]
    accounts = pa.Table.from_pylist([{"account_id": "ada", "created_time": START}], schema=ACCOUNTS.arrow)
    registered = registrations(accounts, signaller).to_pylist()[0]
    assert row["account_id"] != "ada"
    assert row["account"] == registered["account"]
    assert row["account"] == account_keys(pa.array([row["account_id"]]))[0].as_py()


TEXTS = st.one_of(st.none(), st.text(max_size=60))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.sampled_from(["ada", "bob", "é"]),
            "input_text": TEXTS,
            "system_text": st.one_of(st.none(), st.sampled_from(["you are a judge of answers", "be brief", ""])),
            "client_ip": st.sampled_from([None, "203.0.113.9", "2001:db8::1", "unknown"]),
            "status": st.sampled_from([None, 200, 429]),
            "tool_names": st.sampled_from([None, [], ["bash"]]),
        }
    ),
    min_size=2,
    max_size=12,
)


@given(ROWS, st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_a_row_says_the_same_in_any_company(rows: Rows, cut: int) -> None:
    named = [row | {"exchange_id": f"x{n}"} for n, row in enumerate(rows)]
    signaller = Signaller(KEY)
    table = _batch(named)
    whole = signaller.signals(table).to_pylist()
    assert [signaller.signals(table.slice(n, 1)).to_pylist()[0] for n in range(len(rows))] == whole
    parts = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    assert signaller.signals(parts).to_pylist() == whole


@pytest.mark.parametrize("threads", [1, 3])
def test_parts_hold_every_row_and_the_tally_counts_them(tmp_path: Path, threads: int) -> None:
    rng = np.random.default_rng(1)
    rows = [{"exchange_id": f"x{n}", "input_text": None if n % 3 else f"text {rng.integers(99)}"} for n in range(90)]
    batches = [_batch(rows[k : k + 7]) for k in range(0, 90, 7)]
    tally = Tally()
    seen = []
    for tally in write_signals(iter(batches), tmp_path / "parts", Signaller(KEY), threads):
        seen.append(tally.exchanges)
    assert seen == sorted(seen)
    assert tally.exchanges == 90
    assert tally.filled["input_text"] == 30
    assert {"exchange_id", "time", "account_id", "model", "input_text"} == tally.columns
    found = pq.read_table(tmp_path / "parts")
    expected = Signaller(KEY).signals(_batch(rows))
    assert sorted(found["exchange"].to_pylist()) == sorted(expected["exchange"].to_pylist())
    assert len(set(found["exchange"].to_pylist())) == 90


def test_a_fault_in_a_part_is_not_lost(tmp_path: Path) -> None:
    broken = _batch([{}]).drop_columns(["input_text"])
    with pytest.raises(KeyError):
        for _ in write_signals(iter([broken]), tmp_path / "parts", Signaller(KEY), 2):
            pass


def test_times_far_apart_keep_their_microseconds() -> None:
    time = START + timedelta(microseconds=123456)
    assert _one(time=time)["time"] == time
