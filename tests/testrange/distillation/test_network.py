from __future__ import annotations

import pytest
import torch

from testrange.distillation.alphabet import ALPHABET
from testrange.distillation.network import WINDOW, Networks, Shape
from testrange.distillation.optimizer import orthogonal

SHAPE = Shape(width=32, depth=2, heads=4)


def _tokens(models: int, rows: int = 5, length: int = 12) -> torch.Tensor:
    return torch.randint(1, len(ALPHABET), (models, rows, length), generator=torch.Generator().manual_seed(4))


def test_writing_token_by_token_is_reading_the_whole() -> None:
    networks, tokens = Networks(SHAPE, [1, 2]), _tokens(2)
    whole, past = networks(tokens), networks.empty_past(5)
    for place in range(tokens.shape[2]):
        torch.testing.assert_close(networks.step(tokens[:, :, place], past, place), whole[:, :, place])


def test_no_token_is_seen_before_it_is_read() -> None:
    networks, tokens = Networks(SHAPE, [1]), _tokens(1)
    changed = tokens.clone()
    changed[:, :, 8:] = 1
    torch.testing.assert_close(networks(tokens)[:, :, :8], networks(changed)[:, :, :8])
    assert not torch.allclose(networks(tokens)[:, :, 8:], networks(changed)[:, :, 8:])


def test_models_side_by_side_are_the_models_alone() -> None:
    both, tokens = Networks(SHAPE, [1, 2]), _tokens(1)
    together = both(tokens.repeat(2, 1, 1))
    for number, seed in enumerate((1, 2)):
        torch.testing.assert_close(together[number], Networks(SHAPE, [seed])(tokens)[0])


def test_weights_are_counted() -> None:
    networks = Networks(SHAPE, [1])
    assert sum(p.numel() for p in networks.parameters()) == SHAPE.parameters
    assert networks.empty_past(3).keys.shape[3] == WINDOW


@pytest.mark.parametrize(("rows", "columns"), [(16, 48), (48, 16), (16, 16)])
def test_orthogonal_has_singular_values_near_one(rows: int, columns: int) -> None:
    matrices = torch.randn(3, rows, columns, generator=torch.Generator().manual_seed(2))
    found = torch.linalg.svdvals(orthogonal(matrices))
    assert found.max() < 1.3
    assert found.quantile(0.2) > 0.6
