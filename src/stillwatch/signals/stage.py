"""Exchange records to signals. The last place where a prompt exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.records.signals import SIGNALS
from stillwatch.signals import capability, instruction, kernel
from stillwatch.signals.lexicon import CLASSES, INTENTS, compile_lexicon
from stillwatch.signals.pseudonyms import Key, Pseudonyms, Seal, shown_column

BYTES_PER_TOKEN = 4
"""English text of current tokenizers holds about four bytes a token; used only where a log has no token counts."""
SLOT = 300_000_000
"""Microseconds of a slot: five minutes."""
SLOTS_PER_HOUR = 12
_INSTRUCTION = CLASSES.index(instruction.DETECTOR.name)
"""Of the message alone: a system prompt is the application's, whoever types."""
_ACCOUNT_SEED, _EXCHANGE_SEED, _CONVERSATION_SEED = np.uint64(1), np.uint64(2), np.uint64(3)


@dataclass
class Tally:
    """What went through the door: rows, and for each column how many rows had a value."""

    exchanges: int = 0
    duplicates: int = 0
    filled: Counter[str] = field(default_factory=Counter)

    @property
    def columns(self) -> set[str]:
        """Columns that at least one exchange fills."""
        return {name for name, rows in self.filled.items() if rows}

    def add(self, batch: pa.Table) -> None:
        self.exchanges += batch.num_rows
        for name in batch.column_names:
            self.filled[name] += batch.num_rows - batch.column(name).null_count


class Signaller:
    """Turns batches of exchange records into signals with one key."""

    def __init__(self, key: Key, pseudonymise_accounts: bool = False) -> None:
        self.pseudonyms = Pseudonyms(key)
        self.seal = Seal(key)
        self._pseudonymise_accounts = pseudonymise_accounts
        self._seed = np.uint64(key.sketch_seed)
        self._lexicon = compile_lexicon()

    @property
    def hides_accounts(self) -> bool:
        """Whether account ids leave the door as pseudonyms."""
        return self._pseudonymise_accounts

    def account_ids(self, ids: pa.Array) -> pa.Array:
        """Account ids as they leave the door: as given, or pseudonyms."""
        return shown_column(self.pseudonyms.of(ids, "account")) if self._pseudonymise_accounts else ids

    def signals(self, batch: pa.Table) -> pa.Table:
        """The signals of a batch that conforms to EXCHANGES. Linear in bytes of text."""
        column = {name: _whole(batch.column(name)) for name in batch.column_names}
        text = self._read(column["input_text"])
        system = self._read_distinct(column["system_text"])
        tokens = _tokens(column)
        accounts = self.account_ids(column["account_id"])
        columns = {
            "exchange": exchange_keys(column["exchange_id"]),
            "account": account_keys(accounts),
            "account_id": accounts.dictionary_encode(),
            "time": column["time"],
            **_calendar(column["time"]),
            "model": column["model"].dictionary_encode(),
            "answered": pc.fill_null(pc.less(column["status"], 400), True),
            **self._places(column),
            "conversation": _hashes(column["conversation_id"], _CONVERSATION_SEED),
            "turn": column["turn"],
            **_wording(text, system),
            **_scores(column, text.scores + system.scores),
            "instruction": pa.array(instruction.scored(text.scores[:, _INSTRUCTION], text.words)),
            **tokens,
        }
        return pa.table([columns[name] for name in SIGNALS.names], schema=SIGNALS.arrow)

    def sealed(self, kind: str, wanted: Set[str]) -> dict[str, bytes]:
        """The sealed values behind some pseudonyms, as shown, that were met in this run."""
        return {name: self.seal.close(value) for name, value in self.pseudonyms.originals(kind, wanted).items()}

    def _places(self, column: dict[str, pa.Array]) -> dict[str, pa.Array]:
        return {
            "address": self.pseudonyms.of(column["client_ip"], "address"),
            "client": self.pseudonyms.of(clients(column["user_agent"], column["tls_fingerprint"]), "client"),
        }

    def _read(self, texts: pa.Array) -> _Reading:
        data, offsets = _buffers(texts)
        table = self._lexicon
        return _Reading(*kernel.read_texts(data, offsets, self._seed, kernel.CLASSES, table.keys, table.weights))

    def _read_distinct(self, texts: pa.Array) -> _Reading:
        """System prompts repeat: read each distinct one once."""
        encoded = texts.dictionary_encode()
        distinct = pa.concat_arrays([encoded.dictionary.cast(pa.string()), pa.array([None], pa.string())])
        chosen = np.asarray(pc.fill_null(encoded.indices, len(distinct) - 1))
        return self._read(distinct).take(chosen)


@dataclass(frozen=True)
class _Reading:
    """What the kernel says of each text."""

    words: npt.NDArray[np.int32]
    content: npt.NDArray[np.uint64]
    scores: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int32]
    shingles: npt.NDArray[np.uint64]
    bags: npt.NDArray[np.int8]

    @property
    def lists(self) -> pa.Array:
        return pa.ListArray.from_arrays(pa.array(self.bounds), pa.array(self.shingles.view(np.int64)))

    def take(self, rows: npt.NDArray[np.int64]) -> _Reading:
        lists = self.lists.take(pa.array(rows))
        bounds, values = np.asarray(lists.offsets), np.asarray(lists.values)
        return _Reading(
            self.words[rows], self.content[rows], self.scores[rows], bounds, values.view(np.uint64), self.bags[rows]
        )


def write_signals(batches: Iterable[pa.Table], folder: Path, signaller: Signaller, threads: int) -> Iterator[Tally]:
    """Write the signals of all batches to Parquet parts in `folder`; yields the running tally after each batch."""
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[None]] = []
        for number, batch in enumerate(batches):
            tally.add(batch)
            waiting.append(pool.submit(_write_part, signaller, batch, folder / f"part-{number:06d}.parquet"))
            if len(waiting) > threads:  # bounds memory: never more batches than threads, and one
                waiting.pop(0).result()
            yield tally
        for future in waiting:
            future.result()
    yield tally


def _write_part(signaller: Signaller, batch: pa.Table, path: Path) -> None:
    # Hashes do not compress into dictionaries; trying costs a third of the time.
    pq.write_table(
        signaller.signals(batch),
        path,
        compression="lz4",
        use_dictionary=["account_id", "model"],
        write_statistics=False,
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else pa.concat_arrays(combined.chunks)


def _buffers(values: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Bytes and offsets of a string array, honouring its slice."""
    _, offsets, data = values.buffers()
    if offsets is None or len(values) == 0:
        return np.zeros(1, np.uint8), np.zeros(len(values) + 1, np.int32)
    bounds = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return (np.frombuffer(data, np.uint8) if data else np.zeros(1, np.uint8)), bounds


def _hashes(values: pa.Array, seed: np.uint64) -> pa.Array:
    data, offsets = _buffers(values)
    hashed = kernel.hash_values(data, offsets, seed).view(np.int64)
    return pa.array(hashed, mask=np.asarray(pc.is_null(values)) if values.null_count else None)


def _calendar(times: pa.Array) -> dict[str, pa.Array]:
    microseconds = np.asarray(times.cast(pa.int64()))
    return {
        "day": pa.array((microseconds // (24 * SLOTS_PER_HOUR * SLOT)).astype(np.int32)),
        "slot": pa.array((microseconds // SLOT).astype(np.int32)),
    }


def _wording(text: _Reading, system: _Reading) -> dict[str, pa.Array]:
    return {
        "words": pa.array(text.words),
        "content": pa.array(text.content.view(np.int64), mask=text.words == 0),
        "shingles": text.lists,
        "system_shingles": system.lists,
        "bag": pa.FixedSizeListArray.from_arrays(pa.array(text.bags.reshape(-1)), kernel.BAG),
    }


def _scores(column: dict[str, pa.Array], scores: npt.NDArray[np.int32]) -> dict[str, pa.Array]:
    tools = np.asarray(pc.fill_null(pc.list_value_length(column["tool_names"]), 0)) > 0
    kinds = scores[:, : len(capability.TERMS)].copy()
    kinds[:, list(capability.TERMS).index("agentic_tool_use")] += np.where(tools, capability.TOOLS_DECLARED, 0).astype(
        np.int32
    )
    best = kinds.argmax(axis=1).astype(np.int8)
    best[kinds.max(axis=1) < capability.CLAIM] = capability.CAPABILITIES.index(capability.GENERAL)
    unknown = np.asarray(pc.is_null(column["input_text"])) & ~tools
    intents = {name: pa.array(scores[:, CLASSES.index(name)]) for name in INTENTS}
    return {"capability": pa.array(best, mask=unknown), **intents}


def _tokens(column: dict[str, pa.Array]) -> dict[str, pa.Array]:
    out: dict[str, pa.Array] = {"reasoning_tokens": column["reasoning_tokens"]}
    estimated = np.zeros(len(column["time"]), bool)
    for tokens, text in (("input_tokens", "input_text"), ("output_tokens", "output_text")):
        missing = pc.and_(pc.is_null(column[tokens]), pc.is_valid(column[text]))
        guess = pc.cast(pc.divide(pc.binary_length(column[text]), BYTES_PER_TOKEN), pa.int32())
        out[tokens] = pc.if_else(missing, guess, column[tokens])
        estimated |= np.asarray(missing)
    return {**out, "estimated": pa.array(estimated)}


def clients(user_agents: pa.Array, handshakes: pa.Array) -> pa.Array:
    """The client software of each exchange: how it names itself and how its handshake shows it, together."""
    both = pc.binary_join_element_wise(user_agents, handshakes, "\n", null_handling="replace", null_replacement="")
    return pc.if_else(pc.equal(both, "\n"), pa.scalar(None, pa.string()), both)


def account_keys(account_ids: pa.Array) -> pa.Array:
    """The keys under which accounts are joined inside a scan."""
    return _hashes(account_ids, _ACCOUNT_SEED)


def exchange_keys(exchange_ids: pa.Array) -> pa.Array:
    """The keys under which exchanges are joined inside a scan."""
    return _hashes(exchange_ids, _EXCHANGE_SEED)
