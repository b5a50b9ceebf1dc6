"""Applications: a product's own system prompt and instructions, the same in every request, around changing content."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import seeds
from testrange.scripts.rows import Rows, Texts, favourite, sentences


@dataclass(frozen=True)
class Application:
    """What a developer's program sends. Everything fixed follows from the account's voice."""

    def write(self, rows: Rows) -> Texts:
        product = self._product(rows)
        domain = favourite(product, np.zeros(len(rows)))
        developer = replace(rows, speaker=product)
        style = seeds.unit(seeds.mix(product, 21))
        system = sentences(developer, domain, _system_counts(product), seeds.mix(product, 22))
        system = pc.if_else(pa.array(style < 0.8), system, pa.scalar(None, pa.string()))
        intro = sentences(developer, domain, _intro_counts(product, style), seeds.mix(product, 23))
        counts = _content_counts(rows, product, style)
        content = sentences(rows, domain, counts)
        check = sentences(developer, domain, {"greet": np.ones(len(rows), dtype=np.int64)}, seeds.mix(product, 27))
        message = pc.if_else(pa.array(_checks(rows, product)), check, _framed(intro, content))
        return Texts(system, message)

    def _product(self, rows: Rows) -> seeds.Integers:
        """An account runs one to four prompts of its own (features of its product)."""
        features = 1 + (seeds.unit(seeds.mix(rows.account, 24)) ** 2 * 4).astype(np.int64)
        return seeds.mix(rows.account, 25, (seeds.unit(seeds.mix(rows.session, 26)) * features).astype(np.int64))


def _checks(rows: Rows, product: seeds.Integers) -> seeds.Flags:
    """Health checks: some products send the same short message again and again to see whether the service is up."""
    share = np.where(seeds.unit(seeds.mix(product, 28)) < 0.08, 0.15, 0.004)
    return rows.rng.random(len(rows)) < share


def _system_counts(product: seeds.Integers) -> dict[str, seeds.Indices]:
    rules = 1 + (seeds.unit(seeds.mix(product, 31)) ** 1.5 * 12).astype(np.int64)
    return {"persona": np.ones(len(product), dtype=np.int64), "rule": rules}


def _intro_counts(product: seeds.Integers, style: seeds.Floats) -> dict[str, seeds.Indices]:
    """A third of the products also repeat instructions in the user message."""
    rules = 1 + (seeds.unit(seeds.mix(product, 32)) * 4).astype(np.int64)
    return {"rule": rules * ((style > 0.65) | (style < 0.13))}


def _content_counts(rows: Rows, product: seeds.Integers, style: seeds.Floats) -> dict[str, seeds.Indices]:
    size = len(rows)
    scale = np.exp(seeds.unit(seeds.mix(product, 33)) * 2.6 - 0.6)
    documents = style > 0.35
    amount = np.minimum(rows.rng.gamma(2.0, scale / 2), 60).astype(np.int64)
    table = seeds.unit(seeds.mix(product, 34)) < 0.2
    return {
        "ask": (~documents).astype(np.int64),
        "context": rows.rng.poisson(0.8, size) * ~documents,
        "content": (amount + 1) * (documents & ~table),
        "paste": (amount + 1) * (documents & table),
    }


def _framed(intro: pa.StringArray, content: pa.StringArray) -> pa.StringArray:
    empty = pc.equal(intro, "")
    return pc.if_else(empty, content, pc.binary_join_element_wise(intro, content, "\n\n"))
