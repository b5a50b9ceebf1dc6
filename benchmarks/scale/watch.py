"""Runs a command and watches it: memory of its tree of processes, temporary files, and whether it came to an end."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAUSE = 0.1
GB = 1_000_000_000


@dataclass
class Watched:
    """What was seen. `ended` is "done", or why it was stopped. `processor`: seconds of all cores, which other jobs on
    the machine hardly change. `marks` is what the command told; `samples` are clock readings with bytes of memory and
    of temporary files."""

    ended: str
    seconds: float
    processor: float
    peak: int
    spilled: int
    marks: list[dict[str, Any]] = field(default_factory=list)
    samples: list[tuple[float, int, int]] = field(default_factory=list)

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Most memory and most temporary files between two readings of the clock."""
        inside = [s for s in self.samples if start - PAUSE <= s[0] <= end + PAUSE] or [(0.0, 0, 0)]
        return max(s[1] for s in inside), max(s[2] for s in inside)


def watch(command: list[str], temporary: Path, minutes: float, most: int, environment: dict[str, str]) -> Watched:
    """Run a command to its end, or to the end of its minutes, or until its processes hold more than `most` bytes."""
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        told: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        errors: list[str] = []
        readers = [
            threading.Thread(target=told.extend, args=(process.stdout,)),
            threading.Thread(target=errors.extend, args=(process.stderr,)),
        ]
        for reader in readers:
            reader.start()
        samples, worked, reason = _sample(process, temporary, started + 60 * minutes, most)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for reader in readers:
            reader.join()
    seconds = time.monotonic() - started
    peak = max([usage.ru_maxrss * 1024, *(s[1] for s in samples)])
    ended = reason or _ending(process.returncode, "".join(errors))
    marks = [json.loads(line) for line in told if line.startswith("{")]
    # A process that nobody waits for, such as Spark's Java, is in the samples alone.
    processor = max(usage.ru_utime + usage.ru_stime, worked)
    return Watched(ended, seconds, processor, peak, max([s[2] for s in samples], default=0), marks, samples)


def _sample(
    process: subprocess.Popen[str], temporary: Path, deadline: float, most: int
) -> tuple[list[tuple[float, int, int]], float, str | None]:
    """Samples, the processor seconds of all processes that were seen, and why the command was stopped."""
    samples, worked = list[tuple[float, int, int]](), dict[int, float]()
    reason: str | None = None
    while reason is None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        now, tree = time.monotonic(), tree_of(process.pid)
        memory = sum(held for held, _ in tree.values())
        worked.update((pid, seconds) for pid, (_, seconds) in tree.items())
        samples.append((now, memory, size_of(temporary)))
        if memory > most or now > deadline:
            process.kill()
            reason = f"stopped at {most / GB:.0f} GB of memory" if memory > most else "stopped: out of time"
        else:
            time.sleep(PAUSE)
    return samples, sum(worked.values()), reason


def _ending(code: int, errors: str) -> str:
    if code == 0:
        return "done"
    last = errors.strip().splitlines()[-1:] or ["no message"]
    out = "Out of Memory" in errors or "MemoryError" in errors or "OutOfMemory" in errors or code == -9
    return "out of memory" if out else f"failed ({code}): {last[0][:160]}"


def tree_of(root: int) -> dict[int, tuple[int, float]]:
    """Resident bytes and processor seconds of a process and of each below it."""
    seen: dict[int, tuple[int, float]] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            waiting += [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except (OSError, IndexError):
            continue
        seen[pid] = (pages * os.sysconf("SC_PAGE_SIZE"), sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"))
    return seen


def size_of(folder: Path) -> int:
    """Bytes on disk below a folder that others write."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(Path(where) / name).st_blocks * 512
            except OSError:
                continue
    return total
