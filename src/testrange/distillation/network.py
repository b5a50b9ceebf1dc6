"""A small causal transformer, and several of one shape side by side.

`Networks` holds E models whose weights have a leading dimension of E and which are trained and asked in the same
calls. They exchange nothing: each model's tokens, loss and gradients are its own. On a processor that gains little;
on an accelerator small models cost mostly the calls, so E of them take about the time of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from testrange.distillation.alphabet import ALPHABET

WINDOW = 52
"""Longest prompt and completion together, in tokens: the longest task has 49 and a mark."""


@dataclass(frozen=True)
class Shape:
    """Width, depth and heads of a model; `widening` is the width of the inner layer over the outer's."""

    width: int = 128
    depth: int = 4
    heads: int = 4
    widening: int = 4

    @property
    def parameters(self) -> int:
        """Weights of one model of this shape."""
        return self.depth * (4 + 2 * self.widening) * self.width**2 + len(ALPHABET) * self.width


class Past(NamedTuple):
    """Keys and values of what was read, each (depth, E x B, heads, WINDOW, width of a head)."""

    keys: Tensor
    values: Tensor


class Networks(nn.Module):
    """E decoder-only transformers: rotary positions (arXiv 2104.09864), norms before the layers (RMS, without
    weights), GELU, output tied to the embedding."""

    def __init__(self, shape: Shape, seeds: Sequence[int]) -> None:
        super().__init__()
        self.shape, self.count = shape, len(seeds)
        draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        for name, (rows, columns, scale) in _matrices(shape).items():
            weights = torch.stack([torch.randn(rows, columns, generator=draw) * scale for draw in draws])
            self.register_parameter(name, nn.Parameter(weights))
        turns = _turns(shape.width // shape.heads)
        self.register_buffer("cosines", turns.cos(), persistent=False)
        self.register_buffer("sines", turns.sin(), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (E, B, T, alphabet) after each of the tokens (E, B, T)."""
        return self._logits(self._layers(self._embedded(tokens), None, 0))

    def step(self, tokens: Tensor, past: Past, place: int) -> Tensor:
        """Logits (E, B, alphabet) after one more token (E, B) at `place`; `past` is added to."""
        hidden = self._layers(self._embedded(tokens.unsqueeze(2)), past, place)
        return self._logits(hidden).squeeze(2)

    def empty_past(self, rows: int) -> Past:
        """Room for what `rows` sequences of each model will have read."""
        shape, weight = self.shape, self.get_parameter("embedding")
        size = (shape.depth, self.count * rows, shape.heads, WINDOW, shape.width // shape.heads)
        return Past(weight.new_zeros(size), weight.new_zeros(size))

    def describe(self) -> dict[str, int]:
        return asdict(self.shape)

    def _embedded(self, tokens: Tensor) -> Tensor:
        table = self.get_parameter("embedding")
        index = tokens + torch.arange(self.count, device=tokens.device).view(-1, 1, 1) * table.shape[1]
        return functional.embedding(index, table.reshape(-1, table.shape[2])) * math.sqrt(self.shape.width)

    def _logits(self, hidden: Tensor) -> Tensor:
        return _times(_normal(hidden), self.get_parameter("embedding").transpose(1, 2))

    def _layers(self, hidden: Tensor, past: Past | None, place: int) -> Tensor:
        for layer in range(self.shape.depth):
            hidden = hidden + self._attention(layer, _normal(hidden), past, place)
            hidden = hidden + self._inner(layer, _normal(hidden))
        return hidden

    def _inner(self, layer: int, hidden: Tensor) -> Tensor:
        wide = functional.gelu(_times(hidden, self.get_parameter(f"wide{layer}")))
        return _times(wide, self.get_parameter(f"narrow{layer}"))

    def _attention(self, layer: int, hidden: Tensor, past: Past | None, place: int) -> Tensor:
        models, rows, length, width = hidden.shape
        heads = self.shape.heads
        mixed = _times(hidden, self.get_parameter(f"attend{layer}"))
        parts = mixed.view(models * rows, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        query, key, value = self._turned(parts[0], place), self._turned(parts[1], place), parts[2]
        if past is not None:
            past.keys[layer, :, :, place : place + length] = key
            past.values[layer, :, :, place : place + length] = value
            key, value = past.keys[layer, :, :, : place + length], past.values[layer, :, :, : place + length]
        heard = functional.scaled_dot_product_attention(query, key, value, is_causal=past is None)
        joined = heard.transpose(1, 2).reshape(models, rows, length, width)
        return _times(joined, self.get_parameter(f"join{layer}"))

    def _turned(self, parts: Tensor, place: int) -> Tensor:
        """Rotary positions on queries or keys (rows, heads, length, width of a head)."""
        length = parts.shape[2]
        cosines = self.get_buffer("cosines")[place : place + length].to(parts.dtype)
        sines = self.get_buffer("sines")[place : place + length].to(parts.dtype)
        first, second = parts.chunk(2, dim=-1)
        return torch.cat((first * cosines - second * sines, second * cosines + first * sines), dim=-1)


def _matrices(shape: Shape) -> dict[str, tuple[int, int, float]]:
    """Names of the weights with rows, columns and the scale of their first draw."""
    width, wide, deep = shape.width, shape.width * shape.widening, math.sqrt(2 * shape.depth)
    found = {"embedding": (len(ALPHABET), width, 1 / math.sqrt(width))}
    for layer in range(shape.depth):
        found[f"attend{layer}"] = (width, 3 * width, 1 / math.sqrt(width))
        found[f"join{layer}"] = (width, width, 1 / math.sqrt(width) / deep)
        found[f"wide{layer}"] = (width, wide, 1 / math.sqrt(width))
        found[f"narrow{layer}"] = (wide, width, 1 / math.sqrt(wide) / deep)
    return found


def _turns(width: int) -> Tensor:
    """Angles of the rotary positions (WINDOW, width / 2)."""
    speeds = 1000.0 ** (-torch.arange(0, width, 2) / width)
    return torch.arange(WINDOW).unsqueeze(1) * speeds


def _times(hidden: Tensor, weights: Tensor) -> Tensor:
    """Each model's hidden states (E, B, T, d) times its own weights (E, d, k)."""
    models, rows, length, width = hidden.shape
    product = torch.bmm(hidden.reshape(models, rows * length, width), weights)
    return product.view(models, rows, length, -1)


def _normal(hidden: Tensor) -> Tensor:
    return functional.rms_norm(hidden, hidden.shape[-1:])
