"""The teacher: trained from nothing on the tasks' own data, shipped as a small checkpoint, asked in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from testrange.distillation.network import Networks, Shape
from testrange.distillation.tasks import draw_tasks
from testrange.distillation.training import Budget, Examples, Progress, device, examples, trained

SHIPPED = Path(__file__).parent / "checkpoints" / "teacher.safetensors"
MARKED = 0.1
"""Share of the teacher's lessons that are of the class that it must refuse."""


@dataclass(frozen=True)
class Recipe:
    """How a teacher is made; the same recipe on the same machine gives the same weights."""

    shape: Shape = Shape()
    seed: int = 1
    lessons: int = 400_000
    budget: Budget = Budget(steps=8_000, batch=256, passes=20.0, rate=2e-3)


class ModelError(Exception):
    """A model file that cannot be used. The message says what, where and what to do next."""


def own_lessons(seed: int, count: int, marked: float = MARKED) -> Examples:
    """The tasks' own data, with written reasoning, refusals of the marked class among them."""
    tasks = draw_tasks(seed, count, marked=marked)
    return examples([task.prompt for task in tasks], [task.completion for task in tasks])


def train_teacher(recipe: Recipe, progress: Progress | None = None) -> Networks:
    """A teacher after its recipe."""
    lessons = own_lessons(recipe.seed, recipe.lessons)
    return trained(recipe.shape, [recipe.seed], [lessons], recipe.budget, progress)


def save(networks: Networks, path: Path) -> None:
    """Writes models as safetensors, half precision, with their shape in the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        name: weight.detach().to("cpu", torch.float16).contiguous() for name, weight in networks.named_parameters()
    }
    save_file(weights, path, metadata={"shape": json.dumps(networks.describe(), sort_keys=True)})


def load(path: Path) -> Networks:
    """Models written by `save`, on the accelerator where there is one."""
    try:
        weights = load_file(path)
        shape = _shape(path)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError(
            f"{path}: no model of the range can be read ({type(error).__name__}); "
            "train one with `stillwatch-range teacher`"
        ) from error
    networks = Networks(shape, list(range(weights["embedding"].shape[0])))
    networks.load_state_dict({name: weight.float() for name, weight in weights.items()})
    return networks.to(device())


def chosen(networks: Networks, numbers: list[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> Networks:
    """Some of several models."""
    found = Networks(networks.shape, [0] * len(numbers)).to(device())
    found.load_state_dict(
        {name: weight.detach()[list(numbers)].clone() for name, weight in networks.named_parameters()}
    )
    return found


def _shape(path: Path) -> Shape:
    with safe_open(path, framework="pt") as file:
        return Shape(**json.loads(file.metadata()["shape"]))
