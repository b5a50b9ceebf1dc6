"""Asking models: many questions at once, with the environment of errands answering calls as they are written.

One token is written at a time. Where a place is forced (the question, or a reply of the environment) that token
stands; elsewhere the model's choice does, greedy or drawn. A `Bend` may change the logits before the choice: that is
where a provider's countermeasures on sampling work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from testrange.distillation.alphabet import NUMBER, decode, padded
from testrange.distillation.network import WINDOW, Networks
from testrange.distillation.tasks import Task
from testrange.distillation.tasks.errands import BOXES
from testrange.distillation.tasks.task import CALL, END, REPLY

AT_ONCE = 2_048
"""Questions asked together of each model; bounds memory to about 1 GB for the shapes used here."""


class Bend(Protocol):
    """A change of the logits (E, B, alphabet) of the token at `place`, given all tokens so far (E, B, place)."""

    def begin(self, rows: int) -> None:
        """A new set of sequences is begun."""

    def __call__(self, logits: Tensor, tokens: Tensor, place: int) -> Tensor: ...


@dataclass(frozen=True)
class Manner:
    """How models write: `temperature` 0 takes the most probable token; drawn tokens follow the seed."""

    temperature: float = 0.0
    seed: int = 0
    bend: Bend | None = None


GREEDY = Manner()


@torch.no_grad()
def completions(networks: Networks, tasks: Sequence[Task], manner: Manner = GREEDY) -> list[list[str]]:
    """Each model's completions of all tasks: one list for each of the E models, in the order of the tasks."""
    found: list[list[str]] = [[] for _ in range(networks.count)]
    draw = torch.Generator(networks.get_parameter("embedding").device).manual_seed(manner.seed)
    for start in range(0, len(tasks), AT_ONCE):
        some = tasks[start : start + AT_ONCE]
        written = _written(networks, _Sheet(networks, some), manner, draw).cpu().numpy()
        for model, rows in enumerate(written):
            found[model] += [decode(row)[len(task.prompt) :] for row, task in zip(rows, some, strict=True)]
    return found


def _written(networks: Networks, sheet: _Sheet, manner: Manner, draw: torch.Generator) -> Tensor:
    past = networks.empty_past(sheet.rows)
    if manner.bend is not None:
        manner.bend.begin(sheet.rows)
    for place in range(WINDOW - 1):
        logits = networks.step(sheet.tokens[:, :, place], past, place).float()
        if manner.bend is not None:
            logits = manner.bend(logits, sheet.tokens[:, :, : place + 1], place + 1)
        sheet.write(place + 1, _chosen(logits, manner.temperature, draw))
        if sheet.finished():
            break
    return sheet.tokens


def _chosen(logits: Tensor, temperature: float, draw: torch.Generator) -> Tensor:
    if temperature == 0.0:
        return logits.argmax(dim=-1)
    shares = torch.softmax(logits / temperature, dim=-1)
    return torch.multinomial(shares.flatten(0, 1), 1, generator=draw).view(logits.shape[:2])


class _Sheet:
    """What is written so far (E, B, WINDOW), what stands there whatever the model says, and who is done."""

    def __init__(self, networks: Networks, tasks: Sequence[Task]) -> None:
        where = networks.get_parameter("embedding").device
        asked = torch.from_numpy(padded([task.prompt for task in tasks], WINDOW)).to(where)
        self.rows = len(tasks)
        self.forced = asked.unsqueeze(0).repeat(networks.count, 1, 1)
        self.tokens = torch.zeros_like(self.forced)
        self.tokens[:, :, 0] = self.forced[:, :, 0]
        self.done = torch.zeros(networks.count, self.rows, dtype=torch.bool, device=where)
        self.boxes = torch.from_numpy(_contents(tasks)).to(where)
        self.has_boxes = torch.tensor([bool(task.boxes) for task in tasks], device=where)

    def write(self, place: int, chosen: Tensor) -> None:
        forced = self.forced[:, :, place]
        token = torch.where(forced != 0, forced, torch.where(self.done, 0, chosen))
        self.tokens[:, :, place] = token
        self.done |= (forced == 0) & (token == NUMBER[END])
        if place + 2 < WINDOW:
            self._reply(place, token)

    def finished(self) -> bool:
        return bool(self.done.all())

    def _reply(self, place: int, token: Tensor) -> None:
        """The environment answers a call of a box that exists."""
        content = self.boxes.expand(token.shape[0], -1, -1).gather(2, token.unsqueeze(2)).squeeze(2)
        called = (self.tokens[:, :, place - 1] == NUMBER[CALL]) & self.has_boxes & (content > 0) & ~self.done
        self.forced[:, :, place + 1] = torch.where(called, NUMBER[REPLY], self.forced[:, :, place + 1])
        self.forced[:, :, place + 2] = torch.where(called, content, self.forced[:, :, place + 2])


def _contents(tasks: Sequence[Task]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The token that a box replies with, by task and by the token that names the box; 0 where there is none."""
    table = np.zeros((len(tasks), len(NUMBER)), dtype=np.int64)
    for row, task in zip(table, tasks, strict=True):
        for name, content in zip(BOXES, task.boxes, strict=False):
            row[NUMBER[name]] = NUMBER[content]
    return table
