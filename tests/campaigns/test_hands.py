"""Hands: an accused group comes apart where cards, devices and work agree that it is several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns import tables
from stillwatch.campaigns.hands import divided, register_divided
from stillwatch.campaigns.model import Groups, Population, one_side
from stillwatch.engine import DuckDBEngine, Step
from stillwatch.links import LINK_DETECTORS

ACCOUNTS, WORDS, EXCHANGES = 140, 8, 40
FIRST, SECOND = range(0, 36), range(36, 60)
WHOLE = range(0, 60)
PAYMENT = [d.name for d in LINK_DETECTORS].index("payment")
People = Callable[..., Population]
Pairs = list[tuple[int, int]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path, threads=1)
    yield made
    made.close()


@dataclass
class Log:
    """What a log holds of its accounts: cards, the mix of words of each, and the wordings of each."""

    rng: np.random.Generator
    cards: Pairs = field(default_factory=list)
    mixes: dict[int, np.ndarray] = field(default_factory=dict)
    wordings: Pairs = field(default_factory=list)

    def deal(self, members: Sequence[int], first: int) -> None:
        """Two cards for each account, each of four accounts or so."""
        number = max(2, len(members) // 2)
        self.cards += [(m, first + int(c)) for m in members for c in self.rng.choice(number, 2, replace=False)]

    def shop(self, members: Sequence[int], first: int, count: int = 3) -> None:
        """A few cards, each of two accounts of anybody."""
        self.cards += [(int(m), first + k) for k in range(count) for m in self.rng.choice(members, 2, replace=False)]

    def work(self, members: Sequence[int], topic: int) -> None:
        """Requests in the words of one topic; accounts differ a little."""
        usual = np.random.default_rng(topic).uniform(-1.0, 1.0, WORDS)
        self.mixes |= {m: usual + self.rng.normal(0.0, 0.3, WORDS) for m in members}

    def write(self, engine: DuckDBEngine, groups: Groups, shuffle: np.random.Generator | None = None) -> None:
        """The tables that the stage reads; rows in any order."""

        def give(name: str, columns: dict[str, pa.Array]) -> None:
            table = pa.table(columns)
            order = shuffle.permutation(table.num_rows) if shuffle else np.arange(table.num_rows)
            engine.register(name, table.take(pa.array(order)))

        member, value = (pa.array([c[k] for c in sorted(set(self.cards))], pa.int64()) for k in (0, 1))
        kind, four = pa.array([PAYMENT] * len(member), pa.int8()), pa.array([4] * len(member), pa.int64())
        give("holdings", {"detector": kind, "member": member.cast(pa.int32()), "value": value, "holders": four})
        rows = [(m, half) for m in sorted(self.mixes) for half in (0, 1)]
        sums = np.array([self.mixes[m] * EXCHANGES / 2 for m, _ in rows]).reshape(len(rows), WORDS)
        words = {f"b{k}": pa.array(np.round(100 * sums[:, k]).astype(np.int64)) for k in range(WORDS)}
        who = {"member": pa.array([m for m, _ in rows], pa.int32()), "half": pa.array([h for _, h in rows], pa.int32())}
        give("mixes", who | {"exchanges": pa.array([EXCHANGES // 2] * len(rows), pa.int64())} | words)
        asked = {"member": pa.array(range(ACCOUNTS), pa.int32()), "capability": pa.array([0] * ACCOUNTS, pa.int8())}
        give("facts", asked)
        used = [(int(groups.of[m]), m, v, 100 * m + n) for m, v in self.wordings for n in range(5)]
        own = {
            n: pa.array([r[k] for r in used], pa.int64()) for k, n in enumerate(("grp", "member", "value", "exchange"))
        }
        give("own_work", own)
        typical = sorted({(g, v) for g, _, v, _ in used})
        give(
            "used_typically", {n: pa.array([t[k] for t in typical], pa.int64()) for k, n in enumerate(("grp", "value"))}
        )
        engine.run([Step("typical", "SELECT * FROM used_typically")])


def _groups(*members: range) -> Groups:
    of = np.full(ACCOUNTS, -1, np.int64)
    for k, mine in enumerate(members):
        of[list(mine)] = k
    return Groups(of, one_side(len(members)))


@pytest.fixture
def hands(engine: DuckDBEngine, people: People) -> Callable[..., list[tuple[int, set[int]]]]:
    """The hands of accused groups, as sets."""

    def find(
        log: Log, groups: Groups, accused: Sequence[int] = (0,), shuffle: np.random.Generator | None = None
    ) -> list[tuple[int, set[int]]]:
        log.write(engine, groups, shuffle)
        everybody = people(ACCOUNTS, exchanges=np.full(ACCOUNTS, EXCHANGES))
        return [(h.asked[0], set(h.members.tolist())) for h in divided(engine, groups, accused, everybody, 0)]

    return find


Hands = Callable[..., list[tuple[int, set[int]]]]


def _two_hands(seed: int) -> Log:
    log = Log(np.random.default_rng(seed))
    for topic, members in enumerate((FIRST, SECOND)):
        log.deal(members, 500 * topic)
        log.work(members, topic)
    log.shop(WHOLE, 2000)
    return log


@pytest.mark.parametrize("seed", range(8))
def test_two_hands_with_a_few_cards_of_one_shop_come_apart(hands: Hands, seed: int) -> None:
    assert hands(_two_hands(seed), _groups(WHOLE)) == [(0, set(FIRST)), (0, set(SECOND))], "the larger first"


@pytest.mark.parametrize("seed", range(8))
def test_one_hand_with_two_suppliers_stays_one(hands: Hands, seed: int) -> None:
    log = Log(np.random.default_rng(seed))
    log.deal(FIRST, 0)
    log.deal(SECOND, 500)
    log.work(WHOLE, 0)
    assert hands(log, _groups(WHOLE)) == []


@pytest.mark.parametrize("seed", range(8))
def test_one_hand_with_two_kinds_of_work_stays_one(hands: Hands, seed: int) -> None:
    log = Log(np.random.default_rng(seed))
    log.deal(WHOLE, 0)
    log.work(FIRST, 0)
    log.work(SECOND, 1)
    assert hands(log, _groups(WHOLE)) == []


def test_a_group_that_is_not_accused_is_not_looked_at(hands: Hands) -> None:
    assert hands(_two_hands(0), _groups(WHOLE), ()) == []


def test_three_hands_come_out_as_three(hands: Hands) -> None:
    log, third = _two_hands(3), range(60, 84)
    log.deal(third, 1000)
    log.work(third, 2)
    found = hands(log, _groups(range(84)))
    assert sorted(map(sorted, (members for _, members in found))) == [list(FIRST), list(SECOND), list(third)]


def test_accounts_without_a_card_go_where_their_work_is(hands: Hands) -> None:
    log, without = _two_hands(4), {3, 17, 40, 55}
    log.cards = [card for card in log.cards if card[0] not in without]
    assert hands(log, _groups(WHOLE)) == [(0, set(FIRST)), (0, set(SECOND))]


def test_accounts_too_quiet_for_a_mix_go_where_their_cards_are_else_to_the_larger(hands: Hands) -> None:
    log, quiet, cardless = _two_hands(4), {5, 41}, {56}
    log.cards = [card for card in log.cards if card[0] not in cardless and card[1] < 2000]
    for member in quiet | cardless:
        del log.mixes[member]
    assert hands(log, _groups(WHOLE)) == [(0, set(FIRST) | cardless), (0, set(SECOND) - cardless)]


def test_a_card_of_the_whole_group_proposes_nothing(hands: Hands) -> None:
    """A card of more accounts than MOST_HOLDERS is nobody's own."""
    log, second, whole = Log(np.random.default_rng(5)), range(60, 110), range(0, 110)
    for topic, members in enumerate((range(0, 60), second)):
        log.deal(members, 500 * topic)
        log.work(members, topic)
    log.cards += [(m, 999) for m in whole]
    assert [members for _, members in hands(log, _groups(whole))] == [set(range(0, 60)), set(second)]


def test_without_cards_nothing_proposes_two(hands: Hands) -> None:
    log = _two_hands(6)
    log.cards = []
    assert hands(log, _groups(WHOLE)) == []


def _worded(seed: int, cards: Sequence[Sequence[int]]) -> Log:
    """Two works of wordings that no account shares; cards of so many accounts each."""
    log = Log(np.random.default_rng(seed))
    log.wordings = [(m, 7) for m in FIRST] + [(m, 8) for m in SECOND]
    log.work(FIRST, 0)
    log.work(SECOND, 1)
    for k, members in enumerate(cards):
        log.cards += [(m, k) for m in members]
    return log


def test_two_works_with_a_shop_in_common_come_apart(hands: Hands) -> None:
    """The shop's cards are of both, and no community of cards is the smaller hand's."""
    shop = [range(24, 30), range(30, 38), range(38, 44)]
    log = _worded(0, [range(0, 9), range(9, 16), range(16, 24), range(44, 52), *shop])
    assert hands(log, _groups(WHOLE)) == [(0, set(FIRST)), (0, set(SECOND))]


@pytest.mark.parametrize("seed", range(8))
def test_one_hand_that_deals_two_templates_out_stays_one(hands: Hands, seed: int) -> None:
    dealt = np.random.default_rng(seed).permutation(60).reshape(10, 6).tolist()
    assert hands(_worded(seed, dealt), _groups(WHOLE)) == []


def test_works_that_many_accounts_take_part_in_are_of_one_hand(hands: Hands) -> None:
    log = _worded(0, [range(0, 9), range(9, 16), range(16, 24), range(44, 52)])
    log.wordings += [(m, 8) for m in range(14, 36)]
    log.work(WHOLE, 0)
    assert hands(log, _groups(WHOLE)) == []


@pytest.mark.parametrize("seed", range(6))
def test_hands_are_all_of_their_group_and_nobody_else(hands: Hands, seed: int) -> None:
    """Whoever was accused in the whole is in one of its parts, and in one alone."""
    log, rng = _two_hands(seed), np.random.default_rng(100 + seed)
    for member in rng.choice(60, 12, replace=False):
        log.mixes.pop(int(member), None)
    log.cards = [card for card in log.cards if rng.random() > 0.2]
    found = hands(log, _groups(WHOLE, range(60, 80)), (0, 1))
    of_first = [members for group, members in found if group == 0]
    assert {group for group, _ in found} <= {0}
    assert not of_first or (set().union(*of_first) == set(WHOLE) and sum(map(len, of_first)) == len(WHOLE))
    assert len(of_first) != 1, "a group that is one hand is not listed"


@pytest.mark.parametrize("seed", range(4))
def test_order_of_rows_and_names_of_values_change_nothing(hands: Hands, seed: int) -> None:
    log = _two_hands(seed)
    log.cards = [card for card in log.cards if card[0] % 5]
    usual = hands(log, _groups(WHOLE))
    rng = np.random.default_rng(seed)
    name = rng.permutation(5000)
    log.cards = [(member, int(name[value])) for member, value in log.cards]
    assert usual
    assert hands(log, _groups(WHOLE), shuffle=rng) == usual


def _astray(seed: int, cards: bool = True) -> tuple[Log, Groups]:
    """Six accounts of the second hand are in the group of the first, by its shop."""
    log, first, second = Log(np.random.default_rng(seed)), range(0, 30), range(30, 60)
    for topic, members in enumerate((first, second)):
        log.work(members, topic)
        log.deal(members, 500 * topic)
    log.shop(WHOLE, 2000)
    if not cards:
        log.cards = [(m, v) for m, v in log.cards if v >= 2000] + [(59, 7), (3, 7)]
    return log, _groups(range(0, 36), range(36, 60))


@pytest.mark.parametrize("seed", range(6))
def test_who_is_another_accused_groups_goes_there(hands: Hands, seed: int) -> None:
    """Or is a hand apart, where its cards make a community."""
    first, *others = hands(*_astray(seed), (0, 1))
    assert first == (0, set(range(0, 30)))
    assert others in ([(1, set(range(30, 60)))], [(0, set(range(30, 36)))])


@pytest.mark.parametrize("seed", range(6))
def test_nobody_goes_to_a_group_that_is_not_accused(hands: Hands, seed: int) -> None:
    log, groups = _astray(seed)
    assert all(members <= set(range(0, 36)) for _, members in hands(log, groups, (0,)))


@pytest.mark.parametrize("seed", range(6))
def test_likeness_to_another_group_alone_takes_nobody_there(hands: Hands, seed: int) -> None:
    assert hands(*_astray(seed, cards=False), (0, 1)) == []


def test_what_was_common_work_of_the_whole_stays_common_work_of_its_parts(engine: DuckDBEngine) -> None:
    """So that nobody's harvest depends on a division."""
    whole, parts = _groups(WHOLE), _groups(FIRST, SECOND)
    log = _worded(0, [])
    log.write(engine, whole)
    tables.register_grouped(engine, whole)
    columns = {n: pa.array(range(60), pa.int64()) for n in ("member", "exchange", "length")}
    engine.register("sent", pa.table({"grp": pa.array([0] * 60, pa.int64())} | columns))
    engine.run([Step("common_work", "SELECT * FROM sent")])
    register_divided(engine, parts)
    found = engine.fetch("SELECT grp, member, exchange, length FROM common_work ORDER BY member")
    assert found["grp"].to_pylist() == parts.of[:60].tolist()
    assert found["exchange"].to_pylist() == list(range(60))
    typical = engine.fetch("SELECT grp, value FROM typical ORDER BY grp, value").to_pylist()
    assert typical == [{"grp": 0, "value": 7}, {"grp": 1, "value": 8}]
