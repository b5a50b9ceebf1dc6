"""The manifest: what is written is what is read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from stillwatch.records.signals import SIGNALS
from stillwatch.store.files import StoredFile
from stillwatch.store.manifest import (
    FILE,
    FORMAT,
    LOCK,
    Input,
    Manifest,
    Registered,
    Segment,
    Settings,
    is_store,
    read_manifest,
    write_manifest,
)


def _file(path: str, rows: int = 3) -> StoredFile:
    return StoredFile(path, rows, 100, "ab" * 32)


def _full() -> Manifest:
    segments = tuple(
        Segment(day, _file(f"signals/{day}"), _file(f"names/{day}"), {"account_id": 3, "turn": day % 2})
        for day in (100, 101, 105)
    )
    inputs = tuple(
        Input(f"log/{day}", "openai", 7, f"{day:064x}", day, (1, 2), 1, _file(f"rejects/{day}"), ("a note",))
        for day in (100, 105)
    )
    registered = Registered(Input("accounts.csv", "accounts", 5, "cd" * 32, 0), _file("r"), _file("n"))
    settings = Settings("0123", True, {"account_id": ("enduser.id", "user")})
    return Manifest(settings, 5, 4, inputs, segments, registered)


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert not is_store(tmp_path)
    write_manifest(tmp_path, _full())
    assert not is_store(tmp_path)
    (tmp_path / LOCK).touch()
    assert is_store(tmp_path)
    assert read_manifest(tmp_path) == _full()
    assert [p.name for p in sorted(tmp_path.iterdir())] == [LOCK, FILE]
    assert json.loads((tmp_path / FILE).read_text())["format"] == FORMAT


def test_days_out_of_the_window_go_with_what_came_with_them_alone() -> None:
    left = _full().in_window()
    assert [s.day for s in left.segments] == [101, 105]
    assert left.outside == 4 + 3
    gone, kept = left.inputs
    assert (gone.current, gone.rejected, gone.rejects, gone.notes) == (False, 0, None, ())
    assert kept == _full().inputs[1]
    assert {f.path for f in left.files} == {
        *("signals/101", "signals/105", "names/101", "names/105"),
        *("rejects/105", "r", "n"),
    }
    assert left.filled == {"account_id": 6, "turn": 2}
    assert left.in_window() == left


def test_the_format_changes_with_the_signals() -> None:
    """Signals of two makes must not meet in a store: if this fails, raise FORMAT and write the new hash here."""
    schema = hashlib.sha256(SIGNALS.arrow.to_string().encode()).hexdigest()[:16]
    assert (FORMAT, schema) == (1, "ca7332010580e381")
