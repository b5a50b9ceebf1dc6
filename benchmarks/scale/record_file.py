"""Records of the scale bench, committed beside it: one JSON line for each measurement.

A run replaces the lines of what it measured and leaves all others, so that sizes that take hours are measured once.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).resolve().parent / "records" / "measurements.jsonl"
NEEDED = ("what", "run", "rows", "ended", "processor")
"""What every record says. Lines with `rounded` were read off the page of their time, which rounds, and are less
exact."""
_PLACE = re.compile(r"(?<![\w/])(?:/[^\s/'\":,;)]+){2,}/?")


def read_records(path: Path = RECORDS) -> list[dict[str, Any]]:
    """All records, in the order of the file; none where there is no file. Raises ValueError for a line that is none."""
    if not path.exists():
        return []
    return [_checked(path, n, line) for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)]


def keep_record(record: dict[str, Any], path: Path = RECORDS) -> None:
    """Put a record in the place of the older one of the same measurement and run. The file is replaced as a whole.

    What a program said when it failed may name folders of the machine; they are left out."""
    kept = {(r["what"], r["run"]): r for r in read_records(path)}
    kept[record["what"], record["run"]] = record | {"ended": _PLACE.sub("…", record["ended"])}
    lines = (json.dumps(kept[key], sort_keys=True, ensure_ascii=False) for key in sorted(kept))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    os.replace(written, path)


def _checked(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} of {path.name} is no JSON ({error.msg}): mend or remove it") from error
    missing = [name for name in NEEDED if not isinstance(record, dict) or name not in record]
    if missing:
        raise ValueError(f"line {number} of {path.name} lacks {', '.join(missing)}: mend or remove it")
    return dict(record)
