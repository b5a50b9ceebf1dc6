"""Other people's detectors on the same events, each in a process and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.real.groups import AccountGroups
from testrange.bench.peers import environment

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "peers"
ENVIRONMENT = HERE.parent.parent / "build" / "bench" / "environment"
PEERS = {"peer_toolkit": "coordination-network-toolkit", "peer_fraudar": "FRAUDAR"}
LIMIT = 900
"""Seconds that a peer gets for one log."""


@dataclass(frozen=True)
class PeerGroups:
    """What a peer found: groups by setting, and its wall time for all settings together; or why there is nothing."""

    name: str
    settings: dict[str, AccountGroups]
    seconds: float
    reason: str | None = None


def ask_peers(events: pa.Table) -> list[PeerGroups]:
    """Every peer on these events. A peer that cannot be installed or fails is told with its reason."""
    python, reason = environment(ENVIRONMENT, SCRIPTS)
    if python is None:
        return [PeerGroups(name, {}, 0.0, reason) for name in PEERS.values()]
    return [_asked(python, script, name, events) for script, name in PEERS.items()]


def _asked(python: Path, script: str, name: str, events: pa.Table) -> PeerGroups:
    with tempfile.TemporaryDirectory() as scratch:
        log, out = Path(scratch) / "events.parquet", Path(scratch) / "groups.json"
        pq.write_table(events, log)
        command = [str(python), str(HERE / f"{script}.py"), str(log), str(out)]
        started = time.perf_counter()
        try:
            subprocess.run(
                command, check=True, capture_output=True, timeout=LIMIT, env={**os.environ, "PYTHONPATH": str(SCRIPTS)}
            )
        except (subprocess.SubprocessError, OSError) as error:
            return PeerGroups(name, {}, 0.0, type(error).__name__)
        found = json.loads(out.read_text("utf-8"))
    settings = {setting: [frozenset(group) for group in groups] for setting, groups in found.items()}
    return PeerGroups(name, settings, time.perf_counter() - started)
