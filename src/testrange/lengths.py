"""Token counts: what the texts weigh, what the conversation before them weighs, and measured answer lengths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import extract, seeds
from testrange.population import Population
from testrange.setting import AGENT, APPLICATION, CHAT, REASONING_MODELS

BYTES_PER_TOKEN = 4.1
CONTEXT_LIMIT = 900_000
_LEVELS = ("q05", "q25", "q50", "q75", "q95", "q99")
_PROBABILITIES = np.array([0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0])


@dataclass(frozen=True)
class Drawn:
    """Requests whose lengths are wanted, one element each; sessions are consecutive."""

    owner: seeds.Indices
    session: seeds.Indices
    model: seeds.Indices
    failed: seeds.Flags


@lru_cache(maxsize=1)
def _measured() -> tuple[seeds.Floats, seeds.Floats]:
    """Quantiles of input and output tokens of each ServeGen client; clients without lengths take the median one."""
    table = extract.table("servegen_clients")
    sides = []
    for side in ("input", "output"):
        rows = np.stack([np.asarray(table[f"{side}_{q}"].to_numpy(), dtype=np.float64) for q in _LEVELS], axis=1)
        rows = np.where(np.isnan(rows), np.nanmedian(rows, axis=0), rows)
        sides.append(np.concatenate([rows[:, :1] * 0.6, rows, rows[:, -1:] * 1.4], axis=1))
    return sides[0], sides[1]


def _quantile(rows: seeds.Floats, chance: seeds.Floats) -> seeds.Floats:
    """Interpolate each row of quantiles at its own probability."""
    upper = np.searchsorted(_PROBABILITIES, chance, side="right").clip(1, len(_PROBABILITIES) - 1)
    low, high = _PROBABILITIES[upper - 1], _PROBABILITIES[upper]
    index = np.arange(len(rows))
    share = (chance - low) / (high - low)
    found: seeds.Floats = rows[index, upper - 1] * (1 - share) + rows[index, upper] * share
    return found


def output_tokens(people: Population, drawn: Drawn, rng: np.random.Generator) -> seeds.Indices:
    """Answer lengths from the profile of the account: Azure conversations, coding requests, or a ServeGen client."""
    profile = people.tokens[drawn.owner]
    size = len(profile)
    chat = extract.column("azure_conversations", "response_tokens")
    agent = extract.column("coding_requests", "response_tokens")
    client = _measured()[1][np.maximum(profile - APPLICATION, 0) % len(_measured()[1])]
    drawn_tokens = np.where(
        profile == CHAT,
        chat[rng.integers(0, len(chat), size)] * 1.6,
        np.where(profile == AGENT, agent[rng.integers(0, len(agent), size)], _quantile(client, rng.random(size))),
    )
    scaled = drawn_tokens * people.token_scale[drawn.owner] * rng.lognormal(0.0, 0.2, size)
    limit = people.max_output[drawn.owner]
    capped = np.where(limit > 0, np.minimum(scaled, limit), scaled)
    return np.where(drawn.failed, 0, np.maximum(np.round(capped), 1)).astype(np.int64)


def input_tokens(
    people: Population,
    drawn: Drawn,
    texts: tuple[pa.StringArray, pa.StringArray],
    output: seeds.Indices,
    rng: np.random.Generator,
) -> seeds.Indices:
    """What is billed: system prompt, message, all earlier turns, and context that the log does not show as text."""
    system, message = (_tokens_of(text) for text in texts)
    own = message + rng.integers(4, 12, len(message))
    size = len(own)
    new = np.concatenate([[True], drawn.session[1:] != drawn.session[:-1]]) if size else np.zeros(0, dtype=bool)
    spent = np.cumsum(own + output) - own - output
    history = spent - spent[np.maximum.accumulate(np.where(new, np.arange(size), 0))]
    hidden = _hidden(people, drawn, rng)
    found: seeds.Indices = np.minimum(system + own + history + hidden, CONTEXT_LIMIT).astype(np.int64)
    return found


def _hidden(people: Population, drawn: Drawn, rng: np.random.Generator) -> seeds.Floats:
    """Context beyond the logged texts: repository contents of agents, documents of some applications, tools."""
    profile = people.tokens[drawn.owner]
    size = len(profile)
    agent = extract.column("coding_requests", "request_tokens")
    client = _measured()[0][np.maximum(profile - APPLICATION, 0) % len(_measured()[0])]
    retrieves = seeds.unit(seeds.mix(people.voice[drawn.owner], 61)) < 0.4
    context = np.where(
        profile == AGENT,
        agent[rng.integers(0, len(agent), size)] * people.context_scale[drawn.owner] * 0.5,
        np.where((profile >= APPLICATION) & retrieves, _quantile(client, rng.random(size)), 0.0),
    )
    found: seeds.Floats = np.round(context + (people.tools[drawn.owner] > 0) * 340)
    return found


def reasoning_tokens(people: Population, drawn: Drawn, output: seeds.Indices, rng: np.random.Generator) -> pa.Array:
    """Reasoning tokens of the models that reason, null for the others; longer where the answer is longer."""
    reasons = np.isin(drawn.model, REASONING_MODELS)
    effort = np.exp(seeds.unit(seeds.mix(people.voice[drawn.owner], 62)) * 2 - 1)
    amount = (180 + 0.9 * output) * effort * rng.lognormal(0.0, 0.8, len(output))
    amount = np.where(drawn.failed, 0, amount).astype(np.int32)
    return pa.array(amount, pa.int32(), mask=~reasons)


def _tokens_of(text: pa.StringArray) -> seeds.Indices:
    size = pc.fill_null(pc.binary_length(text), 0).to_numpy()
    found: seeds.Indices = np.ceil(size / BYTES_PER_TOKEN).astype(np.int64)
    return found
