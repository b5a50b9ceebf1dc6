"""`scan.json`: what a scan was told, what it read, and what it could not see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from stillwatch.campaigns.coordination.stage import OTHER_DETECTORS
from stillwatch.campaigns.harvest import HARVEST_DETECTORS
from stillwatch.engine import Engine
from stillwatch.links import LIKENESS, LINK_DETECTORS
from stillwatch.records.detector import Detector
from stillwatch.signals import capability, instruction

ALL_DETECTORS: tuple[Detector, ...] = (
    *(d.detector for d in LINK_DETECTORS),
    LIKENESS,
    *OTHER_DETECTORS,
    *HARVEST_DETECTORS,
    capability.DETECTOR,
    instruction.DETECTOR,
)


def detectors() -> dict[str, dict[str, Any]]:
    """The statements of all detectors by name, for readers of a report."""
    return {
        d.name: {
            "question": d.question,
            "assumption": d.assumption,
            "innocent": list(d.innocent),
            "references": list(d.references),
        }
        for d in ALL_DETECTORS
    }


def could_not_see(columns: Collection[str]) -> list[dict[str, str]]:
    """Evidence for which the log has no column, with the columns that would bring it."""
    return [
        {"evidence": d.name, "reason": f"the log has no {' and no '.join(d.needs)}"}
        for d in ALL_DETECTORS
        if not any(need in columns for need in d.needs)
    ]


def window(engine: Engine) -> dict[str, str]:
    """First and last exchange of the scan, UTC."""
    row = engine.fetch("SELECT MIN(first_time) AS first, MAX(last_time) AS last FROM population").to_pylist()[0]
    return {name: _iso(time) for name, time in row.items() if time is not None}


def models(engine: Engine) -> list[dict[str, str]]:
    """When each model was first asked for."""
    rows: Iterable[dict[str, Any]] = engine.fetch(
        "SELECT CAST(model AS VARCHAR) AS model, MIN(time) AS first_seen FROM facts GROUP BY CAST(model AS VARCHAR) "
        "ORDER BY 2, 1"
    ).to_pylist()
    return [{"model": row["model"], "first_seen": _iso(row["first_seen"])} for row in rows]


def population(engine: Engine) -> tuple[int, int]:
    """Accounts and exchanges that the scan counted."""
    table: pa.Table = engine.fetch("SELECT COUNT(*) AS n, COALESCE(SUM(exchanges), 0) AS e FROM population")
    return int(table["n"][0].as_py()), int(table["e"][0].as_py())


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
