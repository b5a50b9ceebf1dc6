"""What a log format is: a name, a way to know it, a way to read it, and where it keeps its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from stillwatch.intake.jsonlog import Fields, Reading
from stillwatch.intake.sources import Sample


@dataclass(frozen=True)
class Format:
    """One log format. `fields` are the default places of the columns that a mapping may move."""

    name: str
    describe: str
    recognises: Callable[[Sample], bool]
    read: Callable[[Reading], Iterator[pa.Table]]
    fields: Fields
