"""Made-up models that answer multiple-choice prompts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Answers = npt.NDArray[np.int64]


def answers(
    rng: np.random.Generator, unrelated: int, prompts: int, differ: float = 0.0, copied: float = 0.0
) -> Answers:
    """Teacher, suspect, unrelated models: codes (models, prompts). 0 is right, 1 to 3 are mistakes.

    Abilities of all but the teacher are drawn from one normal population with deviation `differ`, so suspect and
    unrelated models are exchangeable if the suspect has `copied` no share of the teacher's answers."""
    ability = np.concatenate([[0.6], rng.normal(0.3, differ, unrelated + 1)])
    right = rng.random((unrelated + 2, prompts)) < 1 / (1 + np.exp(rng.normal(0, 1.2, prompts) - ability[:, None]))
    made = np.where(right, 0, rng.integers(1, 4, right.shape))
    made[1] = np.where(rng.random(prompts) < copied, made[0], made[1])
    return made
