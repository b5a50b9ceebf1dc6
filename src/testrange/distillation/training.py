"""Training: cross-entropy on what a model should have written, never on what it was asked or told.

Loss is taken on completions alone, without the replies of an environment. Muon on the matrices and AdamW on the
embedding, with a warm-up and a cosine to zero; batches are drawn from a seed, so a run on one machine with the same
number of threads gives the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from testrange.distillation.alphabet import NUMBER, PAD, padded
from testrange.distillation.network import WINDOW, Networks, Shape
from testrange.distillation.optimizer import Optimizer
from testrange.distillation.tasks.task import ASK, REPLY

Progress = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""


@dataclass(frozen=True)
class Budget:
    """How a model is trained: `steps` of `batch` sequences, at most `passes` times over the data; the rate at its
    peak."""

    steps: int = 1_000
    batch: int = 64
    passes: float = 60.0
    rate: float = 3e-3
    least: int = 60

    def steps_for(self, examples: int) -> int:
        """Few examples are not gone over without end: that costs time and teaches nothing new."""
        return int(min(self.steps, max(self.least, math.ceil(self.passes * examples / self.batch))))


@dataclass(frozen=True)
class Examples:
    """Sequences (n, WINDOW) and where loss is taken (n, WINDOW): true where the token was the model's to write."""

    tokens: NDArray[np.int64]
    written: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.tokens)


def examples(prompts: Sequence[str], completions: Sequence[str]) -> Examples:
    """Prompts and completions as sequences to learn from."""
    tokens = padded([p + c for p, c in zip(prompts, completions, strict=True)], WINDOW)
    asked = np.cumsum(tokens == NUMBER[ASK], axis=1) > 0
    written = asked & (tokens != NUMBER[PAD])
    written[np.arange(len(tokens)), np.argmax(asked, axis=1)] = False
    told = tokens == NUMBER[REPLY]
    written &= ~(told & asked)
    written[:, 1:] &= ~(told & asked)[:, :-1]
    return Examples(tokens, written)


def trained(
    shape: Shape, seeds: Sequence[int], lessons: Sequence[Examples], budget: Budget, progress: Progress | None = None
) -> Networks:
    """As many models as seeds, each trained from its own first weights on its own lessons, for as long as these
    deserve."""
    return taught(Networks(shape, seeds).to(device()), seeds, lessons, budget, progress)


def taught(
    networks: Networks,
    seeds: Sequence[int],
    lessons: Sequence[Examples],
    budget: Budget,
    progress: Progress | None = None,
) -> Networks:
    """The same models, trained further in place."""
    steps = [budget.steps_for(len(lesson)) for lesson in lessons]
    optimizer = Optimizer(networks)
    batches = _Batches(lessons, budget.batch, seeds)
    for step in range(max(steps)):
        _learn(networks, *batches.draw())
        rates = torch.tensor([budget.rate * _warmth(step, n) for n in steps], device=device())
        optimizer.step(rates.view(-1, 1, 1))
        if progress is not None and (step % 50 == 49 or step == max(steps) - 1):
            progress(step + 1, max(steps))
    return networks


def device() -> torch.device:
    """An accelerator where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _learn(networks: Networks, tokens: Tensor, written: Tensor) -> None:
    networks.zero_grad(set_to_none=True)
    torch.autograd.backward(losses(networks, tokens, written).sum())


def losses(networks: Networks, tokens: Tensor, written: Tensor) -> Tensor:
    """Mean loss of each model (E,) in nats a token, on tokens (E, B, T) where they are to be written."""
    with torch.autocast("cuda", dtype=torch.bfloat16, enabled=tokens.is_cuda):
        logits = networks(tokens[:, :, :-1])
    wanted, counted = tokens[:, :, 1:], written[:, :, 1:].float()
    each = functional.cross_entropy(logits.float().flatten(0, 2), wanted.flatten(), reduction="none").view_as(counted)
    return (each * counted).sum(dim=(1, 2)) / counted.sum(dim=(1, 2)).clamp(min=1.0)


def _warmth(step: int, steps: int) -> float:
    """Share of the peak rate at a step of so many; 0 after the last."""
    if step >= steps:
        return 0.0
    warm = max(10, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


class _Batches:
    """Draws a batch for each model: every example of its lessons once, in a new order, before any comes again."""

    def __init__(self, lessons: Sequence[Examples], size: int, seeds: Sequence[int]) -> None:
        self.size = size
        self.tokens = [torch.from_numpy(lesson.tokens).to(device(), torch.uint8) for lesson in lessons]
        self.written = [torch.from_numpy(lesson.written).to(device()) for lesson in lessons]
        self.draws = [np.random.default_rng([seed, 1]) for seed in seeds]
        self.orders: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64) for _ in lessons]

    def draw(self) -> tuple[Tensor, Tensor]:
        """Tokens and where loss is taken (E, B, T), without the columns that are padding in all."""
        rows = [torch.from_numpy(self._next(model)).to(device()) for model in range(len(self.draws))]
        tokens = torch.stack([held[row] for held, row in zip(self.tokens, rows, strict=True)]).long()
        written = torch.stack([held[row] for held, row in zip(self.written, rows, strict=True)])
        if tokens.is_cuda:  # to look for the padding would wait for the accelerator
            return tokens, written
        used = int((tokens != NUMBER[PAD]).any(dim=0).any(dim=0).nonzero().max()) + 1
        return tokens[:, :, :used], written[:, :, :used]

    def _next(self, model: int) -> NDArray[np.int64]:
        order, draw = self.orders[model], self.draws[model]
        while len(order) < self.size:
            order = np.concatenate([order, draw.permutation(len(self.tokens[model]))])
        self.orders[model] = order[self.size :]
        return order[: self.size]
