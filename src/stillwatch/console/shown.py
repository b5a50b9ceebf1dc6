"""What the pages of a result have in common: the reading of now, what was asked of a list, what a twin leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from stillwatch.console.guard import PageError, TheDesk
from stillwatch.console.reading import OpenCampaign, Reading
from stillwatch.console.reading.reader import Now
from stillwatch.report.figures import visible

Picture = Annotated[Any, Field(exclude=True)]
"""Geometry or words made for the page; the twin has the numbers behind it."""
LONGEST = 200
"""Characters of a filter, and of an id that is repeated on an error page."""
LONGEST_SHOWN = 28
"""Characters of an id or value in a cell: pseudonyms are shorter; what is longer would push a table off the page."""
FURTHEST_PAGE = 1_000_000

Item = TypeVar("Item")


def the_reading(desk: TheDesk) -> Now:
    """The newest reading of the result. One request asks once, and sees one scan."""
    return desk.reader.current()


TheReading = Annotated[Now, Depends(the_reading)]


class Asked(BaseModel):
    """What was asked of a list: in which order, and which page of it."""

    model_config = ConfigDict(frozen=True)

    page: int = Field(1, ge=1, le=FURTHEST_PAGE)
    down: bool | None = Field(None, description="Sort downwards; by default as the column is usually read.")


@dataclass(frozen=True)
class Leaf:
    """One page of a list: the `number` of `pages`, of `total` rows in all, from row `first` to row `last`."""

    number: int
    pages: int
    total: int
    first: int
    last: int


def leaf_of(total: int, size: int, number: int) -> Leaf:
    """The page `number` of a list of `total` rows, `size` to a page; past the end the last one."""
    pages = max(1, math.ceil(total / size))
    number = min(number, pages)
    return Leaf(number, pages, total, min(total, (number - 1) * size + 1), min(total, number * size))


def cut(rows: Sequence[Item], leaf: Leaf) -> Sequence[Item]:
    """The rows on this page."""
    return rows[leaf.first - 1 : leaf.last] if leaf.total else rows[:0]


def opened(reading: Reading, campaign_id: str) -> OpenCampaign:
    """The campaign of this id. Raises PageError 404."""
    found = reading.campaign(campaign_id)
    if found is None:
        raise PageError(
            404,
            "There is no such group in this scan",
            f"No group is listed under “{visible(campaign_id[:LONGEST])}”. A later scan may name it otherwise, if its "
            "first exchange is no longer in the log.",
        )
    return found


def asking(asked: BaseModel, **changes: Any) -> str:
    """The query of the same list asked otherwise, to follow a path; empty where nothing differs from the usual."""
    told = {**asked.model_dump(), "page": 1, **changes}
    usual = type(asked)().model_dump()
    kept = {name: _plain(value) for name, value in told.items() if value != usual.get(name) and value is not None}
    return f"?{urlencode(kept)}" if kept else ""


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def query(told: Mapping[str, str]) -> str:
    """A query of these fields, to follow a path."""
    return f"?{urlencode(told)}"


def brief(text: str, most: int = LONGEST_SHOWN) -> str:
    """A long id by its beginning; what acts in it is spelled out."""
    seen = visible(text[: most + 1])
    return seen if len(seen) <= most else f"{seen[:most]}\N{HORIZONTAL ELLIPSIS}"


FILTERS: Mapping[str, Callable[..., str]] = {"asking": asking, "brief": brief, "query": query}
"""What templates of these pages need beside the words of the house."""
