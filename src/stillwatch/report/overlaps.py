"""What listed groups share with one another: the result table, and its lines in an explanation and on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from stillwatch.records import OVERLAPS
from stillwatch.report.figures import counted, label, visible
from stillwatch.report.result import Row

SUPPLIER = "the same supplier of accounts, such as an account shop, or one hand; a supplier has many customers"
MEANINGS = {
    "address": "the same proxy; same proxy is not same actor",
    "payment": SUPPLIER,
    "device": SUPPLIER,
    "signup_address": SUPPLIER,
    "email_domain": SUPPLIER,
    "client": "the same client software, which several can run",
    "wording": "the same source of prompts, which can be published or sold, or one hand",
    "verbatim": "the same set of questions, which can be published or sold, or one hand",
}
"""What a shared value of each kind is expected to mean: the same infrastructure or source, and no more than that."""
NOUNS = {
    "address": "client address",
    "payment": "payment instrument",
    "device": "sign-up device",
    "signup_address": "sign-up address",
    "email_domain": "e-mail domain",
    "client": "client software",
    "wording": "wording",
    "verbatim": "question asked word for word",
}
PLURALS = {"address": "client addresses", "signup_address": "sign-up addresses", "client": "builds of client software"}
PLURALS |= {"verbatim": "questions asked word for word"}


def overlap_table(found: pa.Table, campaign: Mapping[int, str], kinds: Sequence[str]) -> pa.Table:
    """The result table from pairs of group numbers, sorted by the names of the campaigns and the kind. `kinds`: the
    detectors' names by number."""
    rows = [_row(row, campaign, kinds[row["detector"]]) for row in found.to_pylist()]
    rows.sort(key=lambda row: (str(row["campaign_a"]), str(row["campaign_b"]), str(row["kind"])))
    return pa.Table.from_pylist(rows, schema=OVERLAPS.arrow)


def _row(row: Mapping[str, int], campaign: Mapping[int, str], kind: str) -> dict[str, object]:
    ends = [(campaign[row["one"]], row["in_one"]), (campaign[row["other"]], row["in_other"])]
    (a, in_a), (b, in_b) = sorted(ends)
    return {
        "campaign_a": a,
        "campaign_b": b,
        "kind": kind,
        "values_shared": row["shared"],
        "accounts_a": in_a,
        "accounts_b": in_b,
        "accounts_outside": row["outside"],
        "meaning": MEANINGS[kind],
    }


def overlaps_of(table: pa.Table, campaign_id: str) -> list[Row]:
    """The rows of one campaign, the most widely shared first."""
    rows: list[Row] = [r for r in table.to_pylist() if campaign_id in (r["campaign_a"], r["campaign_b"])]
    return sorted(
        rows, key=lambda r: (-min(r["accounts_a"], r["accounts_b"]), r["campaign_a"], r["campaign_b"], r["kind"])
    )


def overlap_lines(rows: Sequence[Row], campaign_id: str) -> list[str]:
    """One line per row, from the side of one campaign."""
    return [_line(row, row["campaign_a"] == campaign_id) for row in rows]


def _line(row: Row, first: bool) -> str:
    other, here, there = ("b", "accounts_a", "accounts_b") if first else ("a", "accounts_b", "accounts_a")
    kind = str(row["kind"])
    noun = NOUNS.get(kind, f"value of {label(kind).lower()}")
    outside = row["accounts_outside"]
    beyond = f", and {counted(outside, 'account')} in neither" if outside else ""
    return (
        f"Shares {counted(row['values_shared'], noun, PLURALS.get(kind, ''))} with "
        f"{visible(row[f'campaign_{other}'])}: held by {counted(row[here], 'account')} here, "
        f"{counted(row[there], 'account')} there{beyond}. Expected to mean {visible(row['meaning'])}."
    )
