"""The program in a process of its own, and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NOBODY_ACCUSED, BAD_INPUT, SOMEBODY_ACCUSED = 0, 2, 3


@dataclass(frozen=True)
class Said:
    """How a run ended and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


def process(*arguments: object, before: Callable[[], None] | None = None) -> Said:
    """Run the program; `before` is called in its process first."""
    command = [Path(sys.executable).with_name("stillwatch"), *arguments]
    env = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    ended = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, env=env, timeout=300, check=False, preexec_fn=before
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


def complaint(said: Said) -> str:
    """What a mistake is told as, in one line, whatever the width of the terminal."""
    assert said.code == BAD_INPUT
    assert said.out == ""
    assert "Traceback" not in said.err
    return " ".join(said.err.split())
