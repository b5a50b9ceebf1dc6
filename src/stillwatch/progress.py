"""How a scan tells that it is alive. The road calls it; a door shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told of each stage: `total` in bytes where it is known; `advance` takes the exchanges done so far."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]: ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002
        yield lambda _: None
