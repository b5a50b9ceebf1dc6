"""Other people's detectors on the same worlds, each in a process and an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from testrange.bench import declared
from testrange.bench.measured import measure
from testrange.bench.parts import Say, Size, main_world
from testrange.bench.store import Outcome, Store, fingerprint, without_truth
from testrange.bench.workers import Each
from testrange.score import ACCUSED, CAMPAIGN, TAKING_PART
from testrange.worlds import World

PEERS = {
    "volume_threshold": "Volume threshold per account",
    "isolation_forest": "Isolation forest on account features",
    "fraudar_blocks": "FRAUDAR, blocks one after another",
    "coordination_toolkit": "coordination-network-toolkit",
    "window_test": "MMD window test per account",
    "splink_metadata": "Splink on account metadata",
}
GROUPED = {"fraudar_blocks", "coordination_toolkit", "splink_metadata"}
"""Peers that accuse groups; the others accuse single accounts."""
LIMIT = 900
"""Seconds that a peer gets for one world."""
Settings = dict[str, list[list[str]]]


@dataclass(frozen=True)
class PeerResult:
    """A peer at its best setting on the test worlds; `reason` says why there is none."""

    name: str
    setting: str | None
    outcomes: list[Outcome]
    reason: str | None = None


def environment(folder: Path, scripts: Path) -> tuple[Path | None, str | None]:
    """The interpreter of the peers' environment, made on first use; or the reason why there is none."""
    python = folder / "bin" / "python"
    ready = folder / f"ready-{fingerprint(scripts / 'requirements.txt')}"
    if ready.exists():
        return python, None
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(scripts / "requirements.txt")]
    try:
        for command in ([sys.executable, "-m", "venv", str(folder)], install):
            subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)  # noqa: S603 - our own words
    except (subprocess.SubprocessError, OSError) as error:
        return None, f"the environment cannot be made: {_last_line(error)}"
    ready.touch()
    return python, None


@dataclass(frozen=True)
class Runner:
    """A peer's script, the interpreter for it, and the world without campaigns that it may use as a yardstick."""

    script: Path
    python: Path
    clean: World

    @property
    def name(self) -> str:
        return self.script.stem

    @property
    def version(self) -> str:
        return fingerprint(self.script, self.script.with_name("common.py"))

    def call(self, store: Store, world: Path) -> Settings:
        """What the peer accuses in a world at each of its settings."""
        with tempfile.TemporaryDirectory() as scratch, without_truth(world) as log:
            with without_truth(store.world(self.clean)) as honest:
                out = Path(scratch) / "accused.json"
                command = [str(self.python), str(self.script), str(log), str(honest), str(out)]
                subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)  # noqa: S603 - our own words
            found: Settings = json.loads(out.read_text("utf-8"))
            return found

    def accuse(self, store: Store, world: World) -> Settings:
        """The same, kept."""
        return store.outcome(world, f"peer-{self.name}", self.version, lambda f: self.call(store, f), keep=True)


def runners(store: Store, size: Size, say: Say, scripts: Path) -> list[Runner] | str:
    """One runner per peer, or the reason why there is none."""
    python, reason = environment(store.folder / "environment", scripts)
    if python is None:
        say(f"peers are skipped: {reason}")
        return reason or "unknown"
    clean = replace(main_world(declared.CLEAN_SEEDS, size), campaigns=())
    return [Runner(scripts / f"{name}.py", python, clean) for name in PEERS]


def peer_part(each: Each, size: Size, say: Say, ran: list[Runner] | str) -> list[PeerResult]:
    """Every peer: its setting is chosen on worlds of other seeds, then it meets the first worlds of the main part."""
    if isinstance(ran, str):
        return [PeerResult(name, None, [], ran) for name in PEERS]
    tuning = [main_world(declared.TUNING_SEEDS + n, size) for n in range(size.tuning_seeds)]
    tests = [main_world(seed, size) for seed in range(1, size.peer_seeds + 1)]
    say(f"peers: {len(tuning)} worlds to choose settings, {len(tests)} to measure")
    list(each(partial(_made, world=world) for world in (*tuning, *tests, ran[0].clean)))
    found = list(each(partial(_one_peer, runner=runner, tuning=tuning, tests=tests) for runner in ran))
    for peer in found:
        say(f"{peer.name} at {peer.setting}" if peer.setting else f"{peer.name} is skipped: {peer.reason}")
    return found


def _made(store: Store, world: World) -> None:
    store.world(world)


def _one_peer(store: Store, runner: Runner, tuning: list[World], tests: list[World]) -> PeerResult:
    try:
        setting = best_setting([(runner.accuse(store, w), taking_part(store.world(w))) for w in tuning])
        outcomes = [measured_groups(runner.accuse(store, w).get(setting, []), store.world(w)) for w in tests]
    except (subprocess.SubprocessError, OSError) as error:
        return PeerResult(runner.name, None, [], _last_line(error))
    return PeerResult(runner.name, setting, outcomes)


def best_setting(tried: list[tuple[Settings, set[str]]]) -> str:
    """The setting with the highest mean F1 over accounts; of equals the first."""
    names = list(tried[0][0])
    return max(names, key=lambda name: fmean(f1(found.get(name, []), truth) for found, truth in tried))


def f1(groups: list[list[str]], truth: set[str]) -> float:
    """Harmonic mean of precision and recall over accounts."""
    accused = {account for group in groups for account in group}
    right = len(accused & truth)
    return 2 * right / (len(accused) + len(truth)) if accused or truth else 1.0


def taking_part(world: Path) -> set[str]:
    """Accounts that take part in any campaign."""
    rows: list[dict[str, Any]] = pq.read_table(world / "truth" / "accounts.parquet").to_pylist()
    return {r["account_id"] for r in rows if (r["group"] or "").startswith(CAMPAIGN) and r["role"] in TAKING_PART}


def measured_groups(groups: list[list[str]], world: Path) -> Outcome:
    """Groups of accounts as if they were the result of a scan, so that all detectors are scored alike."""
    with tempfile.TemporaryDirectory() as scratch:
        write_result(groups, Path(scratch))
        return measure(Path(scratch), world)


def write_result(groups: list[list[str]], folder: Path) -> None:
    """Accused groups as the two tables that a score reads."""
    names = [f"G-{number:04d}" for number in range(len(groups))]
    campaigns = {
        "campaign_id": pa.array(names, pa.string()),
        "verdict": pa.array([ACCUSED] * len(names), pa.string()),
        "harvested_exchanges": pa.array([0] * len(names), pa.int64()),
    }
    pairs = [(name, account) for name, group in zip(names, groups, strict=True) for account in group]
    members = {
        "campaign_id": pa.array([p[0] for p in pairs], pa.string()),
        "account_id": pa.array([p[1] for p in pairs], pa.string()),
        "role": pa.array([TAKING_PART[0]] * len(pairs), pa.string()),
    }
    pq.write_table(pa.table(campaigns), folder / "campaigns.parquet")
    pq.write_table(pa.table(members), folder / "members.parquet")


def _last_line(error: BaseException) -> str:
    """What a failed command said last."""
    said = getattr(error, "stderr", None) or b""
    lines = said.decode("utf-8", "replace").strip().splitlines() if isinstance(said, bytes) else []
    return lines[-1] if lines else type(error).__name__
