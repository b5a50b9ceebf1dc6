"""What every piece of evidence states about itself before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Question = Literal["coordination", "harvest"]


@dataclass(frozen=True)
class Detector:
    """The statement at the head of a detector's file.

    `needs` names the columns (of exchanges or accounts) without which it is silent; a scan that lacks them says so.
    """

    name: str
    question: Question
    assumption: str
    innocent: tuple[str, ...]
    references: tuple[str, ...]
    needs: tuple[str, ...]
