"""What must hold so that detection is neither trivial nor impossible: customers look like customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import seeds
from testrange.language import compose, join_runs, phrasebook
from testrange.language.phrasebook import DOMAINS, ROLES
from testrange.reading import WorldTables


def benign(world: WorldTables) -> pa.Table:
    return world.of_group(None)


def test_volume_is_heavy_tailed(small_world: WorldTables) -> None:
    counts = np.sort(benign(small_world)["account_id"].value_counts().field("counts").to_numpy())[::-1]
    assert counts[: len(counts) // 10].sum() > 0.45 * counts.sum()


def test_ordinary_prompts_do_not_share_long_wording(small_world: WorldTables) -> None:
    """A run of ten words that two unrelated accounts share is rare; short runs are shared by many."""
    table = benign(small_world).filter(pc.equal(benign(small_world)["surface"], "app"))
    shared = {}
    for length in (3, 10):
        holders: dict[str, set[str]] = {}
        for account, text in zip(table["account_id"].to_pylist(), table["input_text"].to_pylist(), strict=True):
            tokens = text.split()
            for start in range(len(tokens) - length + 1):
                holders.setdefault(" ".join(tokens[start : start + length]), set()).add(account)
        shared[length] = np.mean([len(h) > 1 for h in holders.values()])
    assert shared[10] < 0.02
    assert shared[3] > 0.1


def test_follow_ups_and_conversations_exist(small_world: WorldTables) -> None:
    turns = benign(small_world)["turn"].drop_null().to_numpy()
    assert 0.3 < (turns > 1).mean() < 0.9


def test_later_turns_bill_the_conversation_before_them(small_world: WorldTables) -> None:
    table = benign(small_world).filter(pc.equal(benign(small_world)["surface"], "app"))
    first, later = (table.filter(keep) for keep in (pc.equal(table["turn"], 1), pc.greater(table["turn"], 4)))
    assert np.median(later["input_tokens"].to_numpy()) > 3 * np.median(first["input_tokens"].to_numpy())


def test_addresses_lie_in_the_network_that_is_named(small_world: WorldTables) -> None:
    places = small_world.exchanges.group_by("client_ip").aggregate([("client_asn", "count_distinct")])
    assert pc.max(places["client_asn_count_distinct"]).as_py() == 1


def test_equal_fixed_numbers_compose_equal_sentences() -> None:
    book = phrasebook()
    groups = np.full(40, book.group("rule", DOMAINS.index("data")))
    fixed = np.repeat(np.arange(1, 11), 4).astype(np.uint64)
    texts = compose(book, groups, fixed, fixed, seeds.generator("any")).to_pylist()
    assert all(len(set(texts[n : n + 4])) == 1 for n in range(0, 40, 4))
    assert len(set(texts)) > 7


def test_every_pattern_composes_without_open_slots() -> None:
    book = phrasebook()
    count = len(DOMAINS) * len(ROLES)
    groups = np.tile(np.arange(count), 60)
    voices = np.arange(1, len(groups) + 1).astype(np.uint64)
    texts = compose(book, groups, voices, np.zeros(len(groups), dtype=np.uint64), seeds.generator("any"))
    assert not any("{" in t and "}" in t and _looks_like_slot(t) for t in texts.to_pylist())
    assert len(join_runs(texts, np.full(count, 60))) == count


def _looks_like_slot(text: str) -> bool:
    names = ("person", "object", "identifier", "thing", "product", "number", "task", "detail", "context")
    return any("{" + name + "}" in text for name in names)


def test_hexadecimal_names_are_what_python_says() -> None:
    hashes = np.array([0, 255, 2**64 - 1], dtype=np.uint64)
    assert seeds.hexadecimal(hashes, "x_").to_pylist() == [f"x_{int(h):016x}" for h in hashes]
