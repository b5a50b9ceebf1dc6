from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.real import events as ev
from benchmarks.real import nulls
from benchmarks.real.groups import ACCUSED, COORDINATED, find, members
from stillwatch.intake import Aside, open_log, read_exchanges
from stillwatch.links.verbatim import LEAST_WORDS, MOST_SENDERS
from stillwatch.signals import Signaller, open_key

Act = tuple[str, str | None, datetime]
START = datetime(2024, 3, 4, 9, tzinfo=UTC)


def acts(rows: list[Act], place: str = "here") -> pa.Table:
    columns = zip(*[(*row, place) for row in rows], strict=True)
    return pa.table([pa.array(list(c), f.type) for c, f in zip(columns, ev.EVENTS, strict=True)], schema=ev.EVENTS)


def test_one_object_is_one_text_and_two_objects_are_two() -> None:
    texts = [ev.question(f"url:{n}") for n in range(5_000)]
    assert len(set(texts)) == 5_000
    assert ev.question("url:7") == texts[7]
    assert ev.question("phash:7") != texts[7]
    assert all(len(text.split()) >= LEAST_WORDS for text in texts)
    assert len({ev._word(byte) for byte in range(256)}) == 256


def test_the_texts_score_nothing(tmp_path: Path) -> None:
    log = ev.to_exchanges(acts([("a", f"url:{n}", START) for n in range(2_000)]))
    path = ev.write_log(acts([("a", f"url:{n}", START) for n in range(2_000)]), tmp_path / "log")
    assert pq.read_table(path / "exchanges.parquet").num_rows == log.num_rows
    batches = pa.concat_tables(list(read_exchanges(open_log(path), Aside())))
    signals = Signaller(open_key(tmp_path / "key")).signals(batches)
    for score in ("elicitation", "grading", "generation"):
        assert set(signals[score].to_pylist()) == {0}


def test_an_act_without_object_has_no_text() -> None:
    log = ev.to_exchanges(acts([("a", None, START), ("b", "url:1", START)]))
    assert log["input_text"].to_pylist() == [None, ev.question("url:1")]
    assert log["exchange_id"].to_pylist() == ["e0", "e1"]
    assert log["model"].to_pylist() == ["here", "here"]


def test_posts_are_counted_once_for_each_object(tmp_path: Path) -> None:
    def column(values: list[int | None]) -> pa.Array:
        return pa.array(values, pa.int32())

    table = pa.table(
        {
            "account_id": ["tw_1", "tw_1", "tw_1", "fb_2"],
            "post_id": column([1, 1, 2, 3]),
            "url_id": column([10, 10, None, 10]),
            "hashtag_id": column([5, 6, None, None]),
            "domain_id": column([1, 1, None, 1]),
            "phash_id": column([None, None, None, 8]),
            "platform": ["tw", "tw", "tw", "fb"],
            "ts": pa.array([START.replace(tzinfo=None)] * 4, pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / ev.ELECTION)
    links = ev.read_events(tmp_path, ev.POST_LINKS)
    assert links.schema == ev.EVENTS
    assert links.select(["account", "object"]).to_pylist() == [
        {"account": "fb_2", "object": "url:10"},
        {"account": "tw_1", "object": "url:10"},
        {"account": "tw_1", "object": None},
    ]
    assert ev.read_events(tmp_path, ev.POST_OBJECTS).num_rows == 6
    assert ev.read_events(tmp_path, ev.UNLINKED_IMAGES).num_rows == 0


def test_nanoseconds_are_cut(tmp_path: Path) -> None:
    table = pa.table({"source": [1], "target": [2], "ts": pa.array([1_289_241_911_728_359_938], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / ev.RATINGS.file)
    assert ev.read_events(tmp_path, ev.RATINGS)["time"].cast(pa.int64()).to_pylist() == [1_289_241_911_728_359]


def test_moved_events_keep_weekday_and_minute() -> None:
    before = acts([("a", "x", START), ("b", "x", START + timedelta(days=40, seconds=5))])
    for start in (datetime(2021, 8, 15, 22, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)):
        times = ev.later(before, pa.scalar(start, pa.timestamp("us", "UTC")), "there")["time"].to_pylist()
        assert timedelta(0) <= times[0] - start < timedelta(days=7)
        assert (times[0] - START) % timedelta(days=7) == timedelta(0)
        assert times[1] - times[0] == timedelta(days=40, seconds=5)


def crowd() -> list[Act]:
    """400 accounts, each with its own links, over thirty days."""
    rng = np.random.default_rng(3)
    minutes = rng.integers(0, 30 * 1440, 2_000)
    return [(f"c{n % 400}", f"url:own{n}", START + timedelta(minutes=int(m))) for n, m in enumerate(minutes)]


def ring() -> list[Act]:
    """Twelve accounts that post the same links within a minute, forty times, each time six of them."""
    rng = np.random.default_rng(4)
    rows: list[Act] = []
    for n in range(40):
        when = START + timedelta(minutes=int(rng.integers(0, 30 * 1440)))
        some = rng.choice(12, 2, replace=False)
        rows += [(f"ring{a}", f"url:ring{n}", when + timedelta(seconds=int(rng.integers(0, 50)))) for a in some]
        rows += [(f"ring{a}", f"url:far{n % 10}", when) for a in rng.choice(12, 4, replace=False)]
    return rows


def test_a_ring_is_linked_and_nobody_is_accused() -> None:
    log = acts(crowd() + ring())
    found = find(log)
    assert found.accounts == 412
    assert {account[:4] for account in members(found.linked)} == {"ring"}
    assert found.one_hand
    assert found.verdict(ACCUSED) == []
    assert found.explained + len(found.verdict(COORDINATED)) == len(found.one_hand)


def test_a_question_of_many_links_nobody() -> None:
    """Where the mapping loses: a hand of more accounts than MOST_SENDERS that act on one object."""
    many: list[Act] = [
        (f"m{a}", f"url:{n}", START + timedelta(hours=n)) for n in range(8) for a in range(MOST_SENDERS + 1)
    ]
    assert find(acts(crowd() + many)).linked == []


def test_accounts_dealt_anew_keep_their_number_of_acts() -> None:
    log = acts(crowd() + ring())
    dealt = nulls.strangers(log, 1)
    assert sorted(dealt["account"].to_pylist()) == sorted(log["account"].to_pylist())
    assert dealt.select(["object", "time"]) == log.select(["object", "time"])
    assert dealt["account"] != log["account"]
    assert find(dealt).linked == []


def test_blurred_minutes_keep_the_hour() -> None:
    log = acts(ring())
    blurred = nulls.same_hours(log, 1)
    before, after = (np.asarray(t["time"].cast(pa.int64())) // nulls.HOUR for t in (log, blurred))
    assert (before == after).all()
    assert blurred.select(["account", "object"]) == log.select(["account", "object"])
