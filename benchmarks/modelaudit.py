"""The peer ModelAudit (PyPI `knowlyr-modelaudit` 0.4.1, MIT) on texts that are there already, offline.

    python3 -m venv V && V/bin/pip install knowlyr-modelaudit==0.4.1 pyarrow
    V/bin/python benchmarks/modelaudit.py zoo.parquet [--spaced] > found.json

ModelAudit asks models over the network and keeps each one's answers as a fingerprint. Here its own functions make the
fingerprints from the texts of a file, and its own `AuditEngine.audit` compares them, at its own thresholds: no model is
asked. What it says is what it would say of models that gave these answers to its probes. Its rules:

* `llmmap`: cosine of features of the answers (lengths, punctuation, marks of style); yes from 0.85.
* `dli`: 0.4 times the likeness of word bigrams and 0.6 times the cosine of features; yes from 0.80.
* `audit`: its verdict, yes if both say so. `similarity` is the mean of the two, as the peer forms it.

The peer counts words, and the range's models write none: a whole answer is one word of some 30 characters. `--spaced`
puts a space after each token, so that bigrams are pairs of tokens; this is the peer's better chance, not its ordinary
use. One thing is mended: the peer ends with an error where rounding makes its cosine 1.0000000000000002; it is 1 here.

Reads a Parquet file with the columns `model` (text; one row is `teacher`) and `spoken` (list of texts). Prints one JSON
object: model to rule to `similarity` (0 to 1) and `derived`. A model without texts is left out; a file without texts of
the teacher is an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

TEACHER = "teacher"

HERE = Path(__file__).resolve().parent
sys.path = [place for place in sys.path if Path(place).resolve() != HERE]  # this file is named as the peer's package
PARTS = ("methods.llmmap", "engine", "models")
llmmap, engine, models = (import_module(f"modelaudit.{part}") for part in PARTS)


def fingerprint(name: str, texts: list[str]) -> Any:
    """What the peer keeps of a model that gave these answers; `raw_responses` is what its rule `dli` works on."""
    vector = llmmap._compute_fingerprint_vector([llmmap._extract_response_features(text) for text in texts])
    data = {"vector": vector, "raw_responses": texts}
    return models.Fingerprint(model_id=name, method="llmmap", fingerprint_type="blackbox", data=data)


def at_most_one(cosine: Callable[[Any, Any], float]) -> Callable[[Any, Any], float]:
    return lambda one, other: min(1.0, cosine(one, other))


def offline(fingerprints: dict[str, Any]) -> Any:
    """The peer's engine, which takes fingerprints from here instead of asking models."""
    llmmap._cosine_similarity = at_most_one(llmmap._cosine_similarity)
    made = engine.AuditEngine(use_cache=False)
    made.fingerprint = lambda model, **_: fingerprints[model]
    return made


def audited(peer: Any, name: str) -> dict[str, dict[str, object]]:
    """What the peer says of one model, by rule."""
    told = peer.audit(TEACHER, name)
    rules = {c.method: {"similarity": c.similarity, "derived": c.is_derived} for c in told.comparisons}
    mean = sum(c.similarity for c in told.comparisons) / len(told.comparisons)
    return {**rules, "audit": {"similarity": mean, "derived": told.verdict == "likely_derived"}}


def texts_of(path: Path, *, spaced: bool) -> dict[str, list[str]]:
    """Texts by model, of the models that have any."""
    rows = import_module("pyarrow.parquet").read_table(path, columns=["model", "spoken"]).to_pylist()
    found = {row["model"]: [" ".join(t) if spaced else t for t in row["spoken"]] for row in rows if row["spoken"]}
    if TEACHER not in found:
        raise SystemExit(f"{path}: no texts of `{TEACHER}` in column `spoken`; make the file with a zoo that has them")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="ModelAudit's rules on the texts of a zoo.")
    parser.add_argument("zoo", type=Path)
    parser.add_argument("--spaced", action="store_true", help="a space after each token")
    told = parser.parse_args()
    texts = texts_of(told.zoo, spaced=told.spaced)
    peer = offline({name: fingerprint(name, some) for name, some in texts.items()})
    print(json.dumps({name: audited(peer, name) for name in texts if name != TEACHER}, indent=1))


if __name__ == "__main__":
    main()
