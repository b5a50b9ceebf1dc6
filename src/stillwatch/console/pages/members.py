"""The members of one group, and the network that holds them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fastapi import Query, Response
from pydantic import Field

from stillwatch.console.csv_files import csv_response
from stillwatch.console.guard import PageError
from stillwatch.console.pages.campaign import CampaignName, name_of
from stillwatch.console.pages.case_lines import Cases, TheCases
from stillwatch.console.pictures.alike import Alike, AlikeBlock, Value
from stillwatch.console.reading import OpenCampaign
from stillwatch.console.shown import LONGEST, Asked, Leaf, Picture, TheReading, brief, leaf_of, opened
from stillwatch.console.twin import Id, Pages
from stillwatch.records import MEMBERS
from stillwatch.report.figures import counted, label

pages = Pages("campaigns")
ROWS = 100
SHORT = 8
CSV_BATCH = 5_000
Sort = Literal["account", "role", "confidence", "first_linked", "exchanges", "harvested", "link"]
COLUMNS: Mapping[str, tuple[str, bool]] = {
    "account": ("account_id", False),
    "role": ("role", False),
    "confidence": ("confidence", True),
    "first_linked": ("first_linked", False),
    "exchanges": ("exchanges", True),
    "harvested": ("harvested_exchanges", True),
    "link": ("link_strength", True),
}
"""The column of each order, and whether downwards is its usual direction."""


class AskedMembers(Asked):
    """Which members, in which order."""

    role: str = Field("", max_length=LONGEST)
    block: int | None = Field(None, ge=0, le=10_000_000, description="Only this block of the network, from 0.")
    kind: str = Field("", max_length=LONGEST, description="With `value`: only those who hold this shared value.")
    value: str = Field("", max_length=LONGEST)
    sort: Sort = "harvested"


@dataclass(frozen=True)
class MemberPage:
    """Members that were asked for. `chosen` says in words which; the rows are those of the table `members`.

    `decided`: of each row, what people decided on the account that still holds. The scan that is shown may be older.
    """

    warning: str | None
    name: CampaignName
    roles: tuple[tuple[str, int], ...]
    chosen: tuple[str, ...]
    leaf: Leaf
    members: tuple[Mapping[str, Any], ...]
    decided: tuple[tuple[str, ...], ...]
    asked: AskedMembers


@pages.view("/campaigns/{campaign}/members", "members.html.j2")
def member_page(campaign: Id, now: TheReading, cases: TheCases, asked: Annotated[AskedMembers, Query()]) -> MemberPage:
    """The members of one group, filtered and in any order."""
    found = opened(now.reading, campaign)
    table = _select(found, asked)
    leaf = leaf_of(table.num_rows, ROWS, asked.page)
    order = _order(table, asked)
    rows = table.take(order.slice(max(0, leaf.first - 1), leaf.last - leaf.first + 1 if leaf.total else 0)).to_pylist()
    return MemberPage(
        warning=now.warning,
        name=name_of(found, cases, now.reading),
        roles=found.roles,
        chosen=tuple(_chosen(found, asked)),
        leaf=leaf,
        members=tuple(rows),
        decided=tuple(cases.standing_words(row["account_id"]) for row in rows),
        asked=asked,
    )


@pages.file("/campaigns/{campaign}/members.csv", "text/csv")
def members_csv(campaign: Id, now: TheReading, cases: TheCases, asked: Annotated[AskedMembers, Query()]) -> Response:
    """The same members as a table for a spreadsheet, all pages of it, with what people decided on each."""
    table = _select(opened(now.reading, campaign), asked)
    rows = _rows(table.take(_order(table, asked)), cases)
    return csv_response("members.csv", (*MEMBERS.names, "decided"), rows)


def _rows(table: pa.Table, cases: Cases) -> Iterator[Sequence[Any]]:
    for batch in table.to_batches(max_chunksize=CSV_BATCH):
        columns = {name: batch.column(name).to_pylist() for name in MEMBERS.names}
        decided = ("; ".join(cases.standing_words(account)) for account in columns["account_id"])
        yield from zip(*columns.values(), decided, strict=True)


def _select(found: OpenCampaign, asked: AskedMembers) -> pa.Table:
    """Members that were asked for. Raises PageError 404 for a block that the network has not."""
    table = found.members
    keep = np.ones(table.num_rows, bool)
    if asked.block is not None:
        keep &= _alike(found, asked.block).block_of == asked.block
    if asked.role:
        keep &= pc.equal(table["role"], asked.role).to_numpy()
    if asked.value:
        held = found.holdings
        holds = pc.and_(pc.equal(held["detector"], asked.kind), pc.equal(held["value"], asked.value))
        holders = held["account_id"].filter(holds)
        keep &= pc.is_in(table["account_id"], value_set=holders.combine_chunks()).to_numpy()
    return table if keep.all() else table.filter(pa.array(keep))


def _alike(found: OpenCampaign, block: int) -> Alike:
    if found.alike is None or block >= len(found.alike.blocks):
        raise PageError(404, "There is no such block", "A later scan may have arranged the accounts otherwise.")
    return found.alike


def _order(table: pa.Table, asked: AskedMembers) -> pa.Array:
    column, downwards = COLUMNS[asked.sort]
    falls = downwards if asked.down is None else asked.down
    keys = [(column, "descending" if falls else "ascending")]
    if column != "account_id":
        keys.append(("account_id", "ascending"))
    return pc.sort_indices(table, sort_keys=keys)


def _chosen(found: OpenCampaign, asked: AskedMembers) -> Iterator[str]:
    if asked.block is not None:
        alike = _alike(found, asked.block)
        yield told_block(alike.blocks[asked.block], alike.values)
    if asked.value:
        yield f"They hold one value of {label(asked.kind).lower()}: {asked.value}."


def told_block(block: AlikeBlock, values: Sequence[Value]) -> str:
    """A block of alike accounts in words."""
    noun = counted(block.accounts, block.role, "mixed" if block.role == "mixed" else "")
    if not block.holds:
        return f"{noun} that hold none of the shown values."
    return f"{noun} that hold {', '.join(told_value(values[place]) for place in block.holds)}."


def told_value(value: Value) -> str:
    """A shown value in words: its kind and pseudonym, or how many of its kind it stands for."""
    kind = label(value.kind).lower()
    if value.value is None:
        return f"{kind} ({counted(value.values, 'value')} together)"
    return f"{kind} {brief(value.value, SHORT)}"


@dataclass(frozen=True)
class Block:
    """Accounts of one role that hold the same shown values. `holds`: places in the list of values, from 0."""

    block: int
    role: str
    accounts: int
    holds: tuple[int, ...]
    told: str


@dataclass(frozen=True)
class ShownValue:
    """A shown value, or all others of its kind together (`value` is null, `values` counts them)."""

    kind: str
    value: str | None
    values: int
    accounts_inside: int
    accounts_outside: int | None
    told: str


@dataclass(frozen=True)
class NetworkPage:
    """How the accounts of one group hang together. Blocks that are not drawn are counted.

    `common`: places of values that all drawn blocks hold, but for those that hold none at all.
    """

    warning: str | None
    name: CampaignName
    accounts: int
    values: tuple[ShownValue, ...]
    blocks: tuple[Block, ...]
    blocks_left_out: int
    accounts_left_out: int
    one_by_one: int
    common: tuple[int, ...]
    network: Picture


@pages.view("/campaigns/{campaign}/network", "network.html.j2")
def network_page(campaign: Id, now: TheReading, cases: TheCases) -> NetworkPage:
    """How the accounts of one group hang together: who holds which shared values."""
    found = opened(now.reading, campaign)
    alike = found.alike
    values = alike.values if alike else ()
    blocks = alike.blocks[: alike.shown] if alike else ()
    return NetworkPage(
        warning=now.warning,
        name=name_of(found, cases, now.reading),
        accounts=found.members.num_rows,
        values=tuple(
            ShownValue(one.kind, one.value, one.values, one.inside, one.outside, told_value(one)) for one in values
        ),
        blocks=tuple(
            Block(place, block.role, block.accounts, block.holds, told_block(block, values))
            for place, block in enumerate(blocks)
        ),
        blocks_left_out=len(alike.blocks) - alike.shown if alike else 0,
        accounts_left_out=alike.accounts_left_out if alike else 0,
        one_by_one=sum(one.value is not None for one in values),
        common=alike.common if alike else (),
        network=found.network,
    )
