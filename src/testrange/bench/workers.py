"""The bench over two processes: each scan uses one thread, so two worlds at a time take half as long.

A task is a function of the store that reads or makes an outcome file. Results come back in the order of the tasks,
whatever order they end in, and a stopped run goes on from the files.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testrange.bench.store import Store

Task = Callable[[Store], Any]
Each = Callable[[Iterable[Task]], Iterator[Any]]
"""Runs tasks and gives their results in order. Tasks of one call must not write the same world."""


@contextmanager
def working(store: Store, workers: int) -> Iterator[Each]:
    """A way to run tasks: in this process for one worker, else in so many others."""
    if workers == 1:
        yield lambda tasks: (task(store) for task in tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:

        def each(tasks: Iterable[Task]) -> Iterator[Any]:
            for future in [pool.submit(_run, store.folder, task) for task in tasks]:
                yield future.result()

        try:
            yield each
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _run(folder: Path, task: Task) -> Any:
    return task(Store(folder))
