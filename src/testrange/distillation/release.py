"""What a provider lets out of its teacher: the countermeasures, each a way of writing or of showing completions.

A harvester gets what every customer gets, so each is measured both ways: what it takes from a student, and what it
takes from an honest user of the teacher (right answers, and reasoning that can be followed).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from stillwatch.provenance import green_table
from testrange.distillation.completion import Bend, Manner, completions
from testrange.distillation.network import Networks, Past
from testrange.distillation.tasks import Task, without_thoughts
from testrange.distillation.tasks.task import END, split_thoughts
from testrange.distillation.training import examples, losses

TEMPERATURE = 0.7
"""At which the teacher writes for its customers: it solves 80 % of the programs then, 76 % at temperature 1 and 84 %
at 0, where every answer to a task is the same."""
WATERMARK_KEY = bytes.fromhex("5717" * 16)
"""Key of the range's own watermark: it is published here, so it protects nothing."""
WATERMARK_WIDTH, WATERMARK_SHARE = 4, 0.5
"""Tokens of context, and share of green ones. With two tokens of context an alphabet of characters has so few contexts
that each is met with green and other tokens alike: of 1,695 distinct pairs 52 % were green, and nothing was found."""


USUAL = Manner(temperature=TEMPERATURE)


@dataclass(frozen=True)
class Release:
    """One way of letting completions out: how they are written, and what of them is shown."""

    name: str
    says: str
    manner: Manner = USUAL
    shown: Callable[[str], str] = str

    def harvest(self, teacher: Networks, tasks: Sequence[Task], seed: int) -> list[str]:
        """What a customer who asks these tasks is shown, in the order of the tasks."""
        written = completions(teacher, tasks, replace(self.manner, seed=seed))[0]
        return [self.shown(completion) for completion in written]


def summarised(completion: str) -> str:
    """Only the last written step is left."""
    parts = split_thoughts(completion)
    last = max((k for k, (_, thought) in enumerate(parts) if thought), default=-1)
    return "".join(before + (thought if k == last else "") for k, (before, thought) in enumerate(parts))


def answer_first(completion: str) -> str:
    """The same words, the answer before the reasons: a reader loses nothing, a student must answer before it has
    thought."""
    kept, found, _ = without_thoughts(completion).partition(END)
    reasons = "".join(thought for _, thought in split_thoughts(completion))
    return kept + reasons + END if found else completion


def reordered(completion: str) -> str:
    """What a harvester does who has noticed `answer_first`: the reasons of a chain go before the answer again."""
    parts = split_thoughts(completion)
    kept = "".join(before for before, _ in parts)
    reasons = "".join(thought for _, thought in parts)
    place = kept.find("=")
    return kept[:place] + reasons + kept[place:] if place >= 0 and "<" not in kept else completion


class Watermark:
    """The green list of Kirchenbauer et al. (arXiv 2301.10226): `strength` nats are added to the logits of green
    tokens, which follow from the tokens before them and a key."""

    def __init__(self, key: bytes, strength: float) -> None:
        self.key, self.strength = key, strength

    def begin(self, rows: int) -> None:
        """Nothing is kept from one sequence to the next."""

    def __call__(self, logits: Tensor, tokens: Tensor, place: int) -> Tensor:
        if place < WATERMARK_WIDTH:
            return logits
        contexts = tokens[:, :, place - WATERMARK_WIDTH : place].flatten(0, 1).cpu().numpy()
        seen, which = np.unique(contexts, axis=0, return_inverse=True)
        table = green_table(self.key, seen, logits.shape[2], WATERMARK_SHARE)[which.reshape(-1)]
        return logits + self.strength * torch.from_numpy(table).to(logits).view_as(logits)


class Antidistillation:
    """Antidistillation sampling (arXiv 2504.13146): tokens that would raise the loss of a proxy student if it learned
    from them are preferred by `strength` times that rise.

    The rise is the derivative of the token's log-probability along the gradient of the proxy's loss on held-out work,
    taken as a difference over a step of `reach` along it.
    """

    def __init__(self, proxy: Networks, tasks: Sequence[Task], strength: float, reach: float = 1e-2) -> None:
        self.proxy, self.strength, self.reach = proxy, strength, reach
        self.moved = _moved(proxy, tasks, reach)
        self.pasts: tuple[Past, Past] | None = None

    def begin(self, rows: int) -> None:
        self.pasts = (self.proxy.empty_past(rows), self.moved.empty_past(rows))

    def __call__(self, logits: Tensor, tokens: Tensor, place: int) -> Tensor:
        if self.pasts is None:
            raise RuntimeError("begin() starts the sequences")
        pairs = zip((self.proxy, self.moved), self.pasts, strict=True)
        still, moved = (net.step(tokens[:, :, place - 1], past, place - 1).log_softmax(-1) for net, past in pairs)
        return logits + self.strength * (moved - still).float() / self.reach


def _moved(proxy: Networks, tasks: Sequence[Task], reach: float) -> Networks:
    """The proxy, a step along the gradient (of length one) of its loss on the tasks."""
    lesson = examples([t.prompt for t in tasks], [t.completion for t in tasks])
    where = proxy.get_parameter("embedding").device
    tokens, written = (torch.from_numpy(a).unsqueeze(0).to(where) for a in (lesson.tokens, lesson.written))
    gradients = torch.autograd.grad(losses(proxy, tokens, written).sum(), list(proxy.parameters()))
    length = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
    found = Networks(proxy.shape, [0]).to(where)
    with torch.no_grad():
        for new, old, gradient in zip(found.parameters(), proxy.parameters(), gradients, strict=True):
            new.copy_(old + reach * gradient / length)
    return found


def bent(name: str, says: str, bend: Bend) -> Release:
    """A release whose sampling is changed."""
    return Release(name, says, Manner(temperature=TEMPERATURE, bend=bend))


OPEN = Release("open", "everything the teacher writes")
WITHHELD = Release("withheld", "no reasoning is shown", shown=without_thoughts)
SUMMARISED = Release("summarised", "the last step of the reasoning is shown", shown=summarised)
REWRITTEN = Release("rewritten", "the answer is put before the reasoning", shown=answer_first)
REORDERED = Release(
    "rewritten, put back",
    "as before, and the harvester puts the reasoning of chains first again",
    shown=lambda completion: reordered(answer_first(completion)),
)
