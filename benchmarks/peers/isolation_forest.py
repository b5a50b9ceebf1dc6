"""Isolation forest (scikit-learn, BSD-3-Clause) on features of single accounts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from common import Accused, exchanges, main
from sklearn.ensemble import IsolationForest

SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.3, 0.4, 0.5)
COLUMNS = [
    "account_id", "time", "client_ip", "input_tokens", "output_tokens", "reasoning_tokens", "conversation_id", "turn",
    "model", "input_text",
]  # fmt: skip


def features(world: Path) -> tuple[list[str], np.ndarray]:
    """Volume, lengths, addresses, turns, hours and repetition of each account."""
    table = exchanges(world, COLUMNS)
    table = table.append_column("hour", pc.floor_temporal(table["time"], unit="hour"))
    table = table.append_column("length", pc.utf8_length(table["input_text"]))
    asked = [
        ("time", "count"), ("client_ip", "count_distinct"), ("hour", "count_distinct"), ("model", "count_distinct"),
        ("input_text", "count_distinct"), ("conversation_id", "count_distinct"), ("turn", "mean"), ("length", "mean"),
        ("length", "stddev"), ("input_tokens", "mean"), ("output_tokens", "mean"), ("reasoning_tokens", "mean"),
    ]  # fmt: skip
    found = table.group_by("account_id").aggregate(asked)
    columns = [found[f"{name}_{how}"].cast("float64").fill_null(0.0).to_numpy() for name, how in asked]
    count = columns[0]
    shares = [columns[n] / count for n in range(1, 6)]
    return found["account_id"].to_pylist(), np.log1p(np.nan_to_num(np.column_stack(columns + shares)))


def accuse(world: Path, _: Path) -> Accused:
    names, found = features(world)
    scores = IsolationForest(n_estimators=200, random_state=0).fit(found).score_samples(found)
    order = np.argsort(scores)
    return {f"{share:g}": [[names[n] for n in order[: round(share * len(names))]]] for share in SHARES}


if __name__ == "__main__":
    main(accuse)
