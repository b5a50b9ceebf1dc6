"""What the program shows: progress on the error stream, results on the output stream."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

NOBODY_ACCUSED, OWN_FAULT, BAD_INPUT, SOMEBODY_ACCUSED = 0, 1, 2, 3

out = Console(width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True)


def complain(message: str) -> None:
    """Tell a user's mistake on the error stream."""
    err.print("stillwatch: ", style="bold red", end="")
    err.print(message, highlight=False, markup=False)


class Bars:
    """Progress bars, one per stage, on the error stream; only drawn on a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        task = self._progress.add_task(name, total=total, note="")
        started = time.monotonic()

        def advance(done: int) -> None:
            rate = done / max(time.monotonic() - started, 1e-9)
            self._progress.update(task, completed=done, note=f"{rate:,.0f}/s")

        yield advance
        finished = self._progress.tasks[task].completed or 1
        self._progress.update(task, total=finished, completed=finished)
