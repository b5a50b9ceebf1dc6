"""The adapter: events (account, object, time, place) to exchange records, which a scan reads as they are.

| Event | Exchange record | Because |
|---|---|---|
| account | `account_id` | who acts |
| time | `time` | when |
| place (platform) | `model` | whose service is used; one place of the log is never taken for a new model |
| shared object | `input_text`, sixteen words made of its name | who acts on one object asks one question |
| no object | no `input_text` | the account was active, and nothing is known that another could share |

An object becomes a *question asked word for word*, not a template: a link or a star is the same whole thing every time
and has no slots. So `verbatim` is the detector that can make links. What such a table cannot carry: sign-up records,
addresses, client software, answers, conversations, and what is *in* the text. With `verbatim` on the traffic side, only
rhythm is left to prove coordination, and nothing can be harvest: sixteen invented words score nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WORDS = 16
"""Words of the text that stands for an object: above the 12 from which a shared question counts
(`stillwatch/links/verbatim.py`), and one byte of a 128-bit hash each, so that two objects never share a text."""
CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aeio"

EVENTS = pa.schema(
    [
        pa.field("account", pa.string(), nullable=False),
        pa.field("object", pa.string()),
        pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("place", pa.string(), nullable=False),
    ]
)
"""One row per act. `object` is null where the act shares nothing that can be named."""


@dataclass(frozen=True)
class Source:
    """A data set: its name in tables, its file, and the query that makes EVENTS of it (`{file}` is the file)."""

    name: str
    file: str
    sql: str


def _posts(kinds: tuple[str, ...]) -> str:
    """Each post once for every object of these kinds that it has; a post without any once, without object.

    The file repeats a post for each combination of its objects, so (account, post, object) is made distinct.
    """
    objects = " UNION ALL ".join(
        f"SELECT account_id, post_id, '{k}:' || {k}_id AS object, ts, platform FROM '{{file}}' WHERE {k}_id IS NOT NULL"
        for k in kinds
    )
    none = " AND ".join(f"COUNT({k}_id) = 0" for k in kinds)
    return (
        "SELECT account_id AS account, object, MIN(ts) AS time, MIN(platform) AS place FROM "
        f"({objects} UNION ALL SELECT account_id, post_id, NULL, MIN(ts), MIN(platform) FROM '{{file}}' "
        f"GROUP BY account_id, post_id HAVING {none}) GROUP BY account_id, post_id, object"
    )


ELECTION = "coord_german_elections.parquet"
POST_LINKS = Source("German posts, links", ELECTION, _posts(("url",)))
POST_HASHTAGS = Source("German posts, hashtags", ELECTION, _posts(("hashtag",)))
POST_IMAGES = Source("German posts, images", ELECTION, _posts(("phash",)))
UNLINKED_IMAGES = Source(
    "German posts, images of posts without a link",
    ELECTION,
    "SELECT DISTINCT account_id AS account, 'phash:' || phash_id AS object, ts AS time, platform AS place "
    "FROM '{file}' WHERE phash_id IS NOT NULL AND url_id IS NULL AND domain_id IS NULL",
)
"""Held out: no post with a link is in it, so groups that were made by links were not chosen for it."""
POST_OBJECTS = Source("German posts, all three", ELECTION, _posts(("url", "hashtag", "phash")))
STARS = Source(
    "StarScout fake stars",
    "coord_starscout_fake_star_events.parquet",
    "SELECT account_id AS account, object_id AS object, ts AS time, 'github' AS place FROM '{file}'",
)
RATINGS = Source(
    "Bitcoin OTC ratings",
    "coord_bitcoin_otc.parquet",
    "SELECT 'u' || source AS account, 'u' || target AS object, ts AS time, 'otc' AS place FROM '{file}'",
)


def read_events(data: Path, source: Source) -> pa.Table:
    """A data set as EVENTS, in an order that does not depend on the file's."""
    query = source.sql.format(file=data / source.file)
    with duckdb.connect(config={"threads": 2}) as connection:
        table = connection.sql(f"SELECT * FROM ({query}) ORDER BY time, account, object").to_arrow_table()
    time = table["time"].cast(pa.timestamp("us"), safe=False)
    return table.set_column(2, "time", time).cast(EVENTS)


def question(name: str) -> str:
    """Sixteen invented words that stand for an object: always the same for one name, and in no word table."""
    digest = hashlib.blake2b(name.encode(), digest_size=WORDS).digest()
    return " ".join(_word(byte) for byte in digest)


def _word(byte: int) -> str:
    """One of 256 words of five letters; the last letter keeps them apart from English."""
    vowels = VOWELS[byte % 4] + VOWELS[(byte >> 2) % 4]
    return CONSONANTS[byte >> 4] + vowels[0] + "vw"[byte % 2] + vowels[1] + "x"


def to_exchanges(events: pa.Table) -> pa.Table:
    """EVENTS as exchange records. Each act is one exchange, numbered in order."""
    encoded = pc.dictionary_encode(events["object"].combine_chunks())
    texts = pa.array([question(name) for name in encoded.dictionary.to_pylist()], pa.string())
    return pa.table(
        {
            "exchange_id": pa.array([f"e{number}" for number in range(events.num_rows)], pa.string()),
            "time": events["time"],
            "account_id": events["account"],
            "model": events["place"],
            "input_text": texts.take(encoded.indices),
        }
    )


def write_log(events: pa.Table, folder: Path) -> Path:
    """A log that `stillwatch scan` reads: one Parquet file of exchange records."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(to_exchanges(events), folder / "exchanges.parquet", compression="zstd")
    return folder


def later(events: pa.Table, start: pa.Scalar, place: str) -> pa.Table:
    """The events moved by whole weeks so that they begin in the week after `start`, at a place that the log knows by
    then, so that nobody seems to move to a new model.

    Weekday, minute and second stay, and with them all that rhythm looks at.
    """
    week = 7 * 86_400_000_000
    first, wanted = (pc.cast(t, pa.int64()).as_py() for t in (pc.min(events["time"]), start))
    moved = np.asarray(events["time"].cast(pa.int64())) - (first - wanted) // week * week
    time = pa.array(moved, pa.int64()).cast(EVENTS.field("time").type)
    places = pa.array([place] * events.num_rows, pa.string())
    return events.set_column(2, EVENTS.field("time"), time).set_column(3, EVENTS.field("place"), places)
