"""What studies write down: one JSON object a line, so that a study which was stopped goes on where it was."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from testrange.distillation.examination import Marks
from testrange.distillation.tasks import CAPABILITIES

Record = dict[str, Any]


class Records:
    """The records of one study in a folder, each with a unique `name`."""

    def __init__(self, folder: Path, study: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{study}.jsonl"
        self.rows: list[Record] = read_records(self.path)

    def has(self, name: str) -> bool:
        return any(row["name"] == name for row in self.rows)

    def renew(self, rows: Iterable[Record]) -> None:
        """The same with these rows alone: for what follows from other records."""
        self.path.unlink(missing_ok=True)
        self.rows = []
        self.add(rows)

    def add(self, rows: Iterable[Record]) -> None:
        """Appends records with the machine that made them."""
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows:
                full = {**row, "machine": machine(), "date": datetime.now(UTC).date().isoformat()}
                file.write(json.dumps(full, sort_keys=True) + "\n")
                self.rows.append(full)


def read_records(path: Path) -> list[Record]:
    """Whole lines only: the last one may have been cut off by a kill, and is made again."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def machine() -> str:
    """The machine in words."""
    if torch.cuda.is_available():
        return f"one {torch.cuda.get_device_name()}"
    threads = torch.get_num_threads()
    return f"{threads} thread{'s' if threads > 1 else ''} of a processor ({platform.machine()})"


def outcome(marks: Marks, model: int) -> Record:
    """Competence and clarity of one model by capability, and how many tasks each was measured on."""
    return {
        "competence": {c: float(marks.competence(c)[model]) for c in CAPABILITIES},
        "clarity": {c: float(marks.clarity(c)[model]) for c in CAPABILITIES},
        "tasks": int((marks.capability == CAPABILITIES[0]).sum()),
    }
