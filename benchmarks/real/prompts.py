"""How well one prompt, and a pool of prompts, tells collections of training items from what people type.

Compared on prompts that the learned table has not seen: the hand-made tables of words (`elicitation` + `grading` +
`generation`), the learned table (`instruction`), and their sum. A collection that the table was learned from is scored
by a table learned without its whole source. Ordinary prompts are the first turns of ShareGPT: no table learned from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import rankdata

from benchmarks.real.collections import ITEMS, TALK, sample
from benchmarks.real.training import SEED, WHEEL, Document, document, learn, read_licensed, written
from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller
from stillwatch.signals.instruction import Table, read_table, scored, table
from stillwatch.signals.lexicon import INTENTS, SHOWN

Floats = npt.NDArray[np.float64]
ORDINARY = next(c for c in TALK if c.name == "ShareGPT first turns")
MOST_PROMPTS = 5000
POOLS, ORDINARY_POOLS = 1000, 4000
"""Pools drawn of a collection and of ordinary prompts; one in a thousand of the latter is four."""
SIZES = (30, 200)
RESAMPLES = 100
SCORERS = ("hand", "learned", "both")
TITLES = {"hand": "Hand-made", "learned": "Learned", "both": "Both"}


@dataclass(frozen=True)
class Reach:
    """Of one comparison: AUC, and the share of the collection above 1 % and 0.1 % of the ordinary."""

    auc: float
    at_1: float
    at_01: float

    @staticmethod
    def of(mine: Floats, ordinary: Floats) -> Reach:
        ranks = rankdata(np.concatenate([mine, ordinary]))[: mine.size]
        auc = (ranks.sum() - mine.size * (mine.size + 1) / 2) / mine.size / ordinary.size
        cuts = np.quantile(ordinary, [0.99, 0.999], method="higher")
        return Reach(float(auc), *(float(np.mean(mine > cut)) for cut in cuts))


Scores = dict[str, Floats]
"""By scorer: one score for each prompt, in thousandths."""


def measure(data: Path, wheel: Path) -> str:
    """All tables as Markdown. About five minutes on one core."""
    folder = data / "real"
    scores = dict(_scored(folder, wheel))
    tables = [_means(scores), _single(scores), *(_pooled(scores, size) for size in SIZES), _crews(folder)]
    return "\n".join(tables)


def _scored(folder: Path, wheel: Path) -> Iterator[tuple[str, Scores]]:
    """Every collection with its scores. Without the wheel, collections that the table was learned from are left out."""
    sources = {c.source for c in ITEMS + TALK if c.licensed}
    tables = {s: read_table(written(learn(*read_licensed(folder, wheel, s)))) for s in sources if wheel.exists()}
    for collection in ITEMS + TALK:
        chosen = tables.get(collection.source) if collection.source in sources else table()
        if chosen is not None:
            prompts = sample(collection.prompts(folder), MOST_PROMPTS, SEED)
            yield collection.name, _scores(prompts, chosen)


def _scores(prompts: list[str], chosen: Table) -> Scores:
    hand = _hand(prompts)
    learned = learned_scores([document(text) for text in prompts], chosen).astype(float)
    return {"hand": hand, "learned": learned, "both": hand + learned}


def _pooled_as(scores: Scores) -> Scores:
    """Scores as a mean takes them: one prompt shows intent at most once (`campaigns/tables.py`)."""
    hand = np.minimum(scores["hand"], SHOWN)
    return {"hand": hand, "learned": scores["learned"], "both": hand + scores["learned"]}


def learned_scores(documents: list[Document], chosen: Table) -> npt.NDArray[np.int32]:
    """The learned score in plain Python: the same as the compiled pass gives."""
    sums = np.array([sum(chosen.terms.get(term, 0) for term in d.terms) for d in documents], np.int32)
    return scored(sums, np.array([d.words for d in documents], np.int32), chosen)


def _hand(prompts: list[str]) -> Floats:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"exchange_id": str(n), "time": when, "account_id": "a", "model": "m", "input_text": text}
        for n, text in enumerate(prompts)
    ]
    signals = Signaller(Key(bytes(32))).signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow))
    return np.asarray(sum(np.asarray(signals[name]).astype(float) for name in INTENTS), np.float64)


def _interval(values: list[float]) -> str:
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{low:.2f} to {high:.2f}"


def _row(name: str, first: dict[str, Reach], again: dict[str, list[Reach]]) -> str:
    cells = [name]
    for scorer in SCORERS:
        reach, others = first[scorer], again[scorer]
        cells.append(f"{reach.auc:.2f} ({_interval([r.auc for r in others])})")
        cells.append(f"{reach.at_1:.1%} ({_interval([100 * r.at_1 for r in others])})".replace("%", " %"))
        cells.append(f"{reach.at_01:.1%}".replace("%", " %"))
    return f"| {' | '.join(cells)} |\n"


def _head(title: str) -> str:
    names = [f"{TITLES[s]}: {part}" for s in SCORERS for part in ("AUC", "at 1 %", "at 0.1 %")]
    return f"### {title}\n\n| Collection | {' | '.join(names)} |\n|---|{'---:|' * len(names)}\n"


def _means(scores: dict[str, Scores]) -> str:
    """Mean scores: what a pool of many prompts comes to, and how far ordinary collections lie from each other."""
    items = {c.name for c in ITEMS}
    rows = sorted(((mine["learned"], name) for name, mine in scores.items()), key=lambda row: -row[0].mean())
    text = "### Mean score\n\n| Collection | Kind | Prompts | Learned, thousandths | Standard error |\n"
    text += "|---|---|---:|---:|---:|\n"
    for learned, name in rows:
        kind = "items" if name in items else "**people**"
        error = learned.std(ddof=1) / np.sqrt(learned.size)
        text += f"| {name} | {kind} | {learned.size:,} | {learned.mean():.0f} | {error:.1f} |\n"
    people = [float(learned.mean()) for learned, name in rows if name not in items]
    between = f"between the {len(people)} collections of people {np.std(people, ddof=1):.0f}"
    single = f"between single ordinary prompts {scores[ORDINARY.name]['learned'].std(ddof=1):.0f}"
    return f"{text}\nStandard deviation {between}, {single}.\n"


def _single(scores: dict[str, Scores]) -> str:
    rng, ordinary = np.random.default_rng(SEED), scores[ORDINARY.name]
    text = _head("One prompt")
    for name, mine in scores.items():
        if name == ORDINARY.name:
            continue
        first = {s: Reach.of(mine[s], ordinary[s]) for s in SCORERS}
        again: dict[str, list[Reach]] = {s: [] for s in SCORERS}
        for _ in range(RESAMPLES):
            a = rng.integers(0, mine["hand"].size, mine["hand"].size)
            b = rng.integers(0, ordinary["hand"].size, ordinary["hand"].size)
            for s in SCORERS:
                again[s].append(Reach.of(mine[s][a], ordinary[s][b]))
        text += _row(name, first, again)
    return text


def _pooled(scores: dict[str, Scores], size: int) -> str:
    """Means of `size` prompts of one collection, against means of as many ordinary prompts of as many people."""
    scores = {name: _pooled_as(mine) for name, mine in scores.items()}
    rng, ordinary = np.random.default_rng(SEED), scores[ORDINARY.name]
    text = _head(f"Mean of {size} prompts")
    for name, mine in scores.items():
        if name == ORDINARY.name:
            continue
        n, m = mine["hand"].size, ordinary["hand"].size
        found: list[dict[str, Reach]] = []
        for resample in range(RESAMPLES // 2 + 1):
            a, b = (rng.integers(0, k, k) if resample else np.arange(k) for k in (n, m))
            p, q = a[rng.integers(0, n, (POOLS, size))], b[rng.integers(0, m, (ORDINARY_POOLS, size))]
            found.append({s: Reach.of(mine[s][p].mean(axis=1), ordinary[s][q].mean(axis=1)) for s in SCORERS})
        text += _row(name, found[0], {s: [f[s] for f in found[1:]] for s in SCORERS})
    return text


def _crews(folder: Path) -> str:
    """How often a few honest people stand out: pools of 30 prompts of 6 conversations, at the cut of mixed pools."""
    conversations = _conversations(folder)
    texts = [text for turns in conversations for text in turns]
    scores = _pooled_as(_scores(texts, table()))
    mixed = _pooled_as(_scores(sample(ORDINARY.prompts(folder), MOST_PROMPTS, SEED), table()))
    rng, per = np.random.default_rng(SEED), 5
    starts = np.arange(len(conversations)) * per
    chosen = starts[rng.integers(0, starts.size, (ORDINARY_POOLS, 6))]
    rows = (chosen[:, :, None] + np.arange(per)).reshape(ORDINARY_POOLS, -1)
    text = "### False alarms for few people\n\n| Scorer | At 1 % of mixed pools | At 0.1 % |\n|---|---:|---:|\n"
    for s in SCORERS:
        pools = mixed[s][rng.integers(0, mixed[s].size, (ORDINARY_POOLS, 30))].mean(axis=1)
        reach = Reach.of(scores[s][rows].mean(axis=1), pools)
        text += f"| {TITLES[s]} | {100 * reach.at_1:.1f} % | {100 * reach.at_01:.1f} % |\n"
    return text


def _conversations(folder: Path) -> list[list[str]]:
    """The first five turns of every ShareGPT conversation that has as many."""
    turns: dict[str, list[str]] = {}
    for row in pq.read_table(folder / f"{ORDINARY.file}.parquet").to_pylist():
        if row["prompt"]:
            turns.setdefault(row["conv_id"], []).append(row["prompt"])
    return [said[:5] for said in turns.values() if len(said) >= 5]


def run(data: Path, wheel: Path | None, page: Path) -> None:
    """Measure, print, and write the tables into `page`, between its marks."""
    made = measure(data, wheel or data / WHEEL)
    print(made)
    begin, end = "<!-- begin generated: prompts -->\n", "<!-- end generated: prompts -->"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    page.write_text(before + begin + made + end + rest.partition(end)[2], encoding="utf-8")
