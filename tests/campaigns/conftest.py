"""Made-up populations and groups, and what a p-value must do when nothing is going on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.campaigns.model import Finding, Groups, Population, one_side

from .small_logs import Log

Check = Callable[[Sequence[Finding]], None]
LEVELS = (0.001, 0.01, 0.05)


@pytest.fixture
def people() -> Callable[..., Population]:
    """Accounts of which only the columns given matter."""

    def make(size: int, **columns: np.ndarray) -> Population:
        zeros = np.zeros(size, np.int64)
        usual = {
            "unit": np.arange(size),
            "created": zeros - 1,
            "exchanges": zeros + 20,
            "active_days": zeros + 5,
            "first_time": zeros,
            "last_time": zeros,
        }
        return Population(**{name: np.asarray(v).astype(np.int64) for name, v in (usual | columns).items()})

    return make


@pytest.fixture
def random_groups() -> Callable[[np.random.Generator, int, int, int], Groups]:
    """Groups of one size, drawn from everyone."""

    def draw(rng: np.random.Generator, accounts: int, count: int, size: int) -> Groups:
        of = np.full(accounts, -1, np.int64)
        of[rng.permutation(accounts)[: count * size]] = np.repeat(np.arange(count), size)
        return Groups(of, one_side(count))

    return draw


@pytest.fixture
def no_surplus() -> Check:
    """Under the null, p-values lie below each level no more often than the level says, within the noise of counting:
    fewer than one in 100,000 correct tests would fail."""

    def check(findings: Sequence[Finding]) -> None:
        p = np.array([f.p for f in findings])
        assert ((p > 0) & (p <= 1)).all()
        for level in LEVELS:
            below = int((p <= level).sum())
            assert below <= binom.ppf(1 - 1e-5, p.size, level), f"{below} of {p.size} p-values are below {level}"

    return check


@pytest.fixture
def log(tmp_path: Path, key_file: Path) -> Iterator[Log]:
    made = Log(tmp_path / "spill", key_file)
    yield made
    made.engine.close()
