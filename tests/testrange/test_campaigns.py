from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from testrange.background import background
from testrange.campaigns import CAMPAIGNS, Proxy, Rotation, Shop, june_2026, separate_hands
from testrange.campaigns.build import campaign_population
from testrange.population import Population
from testrange.reading import WorldTables
from testrange.setting import NEW_MODEL, Setting, new_setting
from testrange.worlds import World, population_of

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def setting() -> Setting:
    return new_setting(5, World().start, 14)


@pytest.mark.parametrize("name", sorted(CAMPAIGNS))
def test_rate_per_account_and_day_is_the_declared_one(every_campaign: WorldTables, name: str) -> None:
    campaign = CAMPAIGNS[name]()
    exchanges = every_campaign.of_group(campaign.group)
    bystanders = every_campaign.members(campaign.group)
    bystanders = bystanders.filter(pc.equal(bystanders["role"], "bystander"))["account_id"]
    exchanges = exchanges.filter(pc.invert(pc.is_in(exchanges["account_id"], bystanders)))
    per_account = exchanges.group_by("account_id").aggregate([("time", "min"), ("time", "max"), ("time", "count")])
    first, last = (per_account[f"time_{side}"].cast("int64").to_numpy() for side in ("min", "max"))
    rate = per_account["time_count"].to_numpy() / np.maximum((last - first) / DAY, 0.5)
    assert np.median(rate) == pytest.approx(campaign.exchanges_per_account_day, rel=0.25)


def test_june_asks_about_26_exchanges_per_account_and_day() -> None:
    assert june_2026().exchanges_per_account_day == pytest.approx(28.8e6 / 25_000 / 45, rel=0.01)


def test_mixed_accounts_harvest_the_declared_share(every_campaign: WorldTables) -> None:
    exchanges = every_campaign.of_group("campaign:proxy-mix")
    roles = every_campaign.members("campaign:proxy-mix").select(["account_id", "role"])
    mixed = exchanges.join(roles, "account_id")
    mixed = mixed.filter(pc.equal(mixed["role"], "mixed"))
    assert pc.mean(pc.cast(mixed["harvest"], "float64")).as_py() == pytest.approx(0.15, abs=0.03)


def test_bystanders_leave_through_the_exits_of_the_proxy(every_campaign: WorldTables) -> None:
    members = every_campaign.members("campaign:proxy-mix")
    exchanges = every_campaign.of_group("campaign:proxy-mix")
    roles = exchanges.join(members.select(["account_id", "role"]), "account_id")
    addresses = {
        role: set(roles.filter(pc.equal(roles["role"], role))["client_ip"].to_pylist())
        for role in ("mixed", "bystander")
    }
    assert len(addresses["mixed"] & addresses["bystander"]) > 0.3 * len(addresses["bystander"])


def test_the_pivot_moves_half_its_traffic_within_a_day(every_campaign: WorldTables, setting: Setting) -> None:
    exchanges = every_campaign.of_group("campaign:february-pivot")
    day = (exchanges["time"].cast("int64").to_numpy() - setting.clock.start) / DAY
    new = exchanges["model"].to_numpy(zero_copy_only=False) == "lumen-5-large"
    assert not new[day < setting.release_day].any()
    assert new[day > setting.release_day + 1].mean() == pytest.approx(0.5, abs=0.08)


def test_a_second_pool_takes_over_when_the_first_is_banned(every_campaign: WorldTables) -> None:
    exchanges = every_campaign.of_group("campaign:replaced-pool")
    spans = exchanges.group_by("account_id").aggregate([("time", "min"), ("time", "max")])
    first, last = (np.sort(spans[f"time_{side}"].cast("int64").to_numpy()) for side in ("min", "max"))
    half = len(first) // 2
    assert last[half - 5] < first[half + 5] + 0.5 * DAY
    assert (first[half + 2] - last[half - 3]) / DAY < 2


def test_the_fixed_prompt_is_in_every_harvested_request(every_campaign: WorldTables) -> None:
    exchanges = every_campaign.of_group("campaign:fixed-prompt")
    texts = zip(exchanges["input_text"].to_pylist(), exchanges["system_text"].to_pylist(), strict=True)
    assert all("<inner_thought>" in message or "<inner_thought>" in (system or "") for message, system in texts)


def test_unrepeated_repeats_no_wording(every_campaign: WorldTables) -> None:
    texts = every_campaign.of_group("campaign:unrepeated")["input_text"]
    assert pc.count_distinct(texts).as_py() > 0.995 * len(texts)


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0.0, 0.25), (1.0, 0.95, 1.0)])
def test_rotation_of_payments_goes_from_shared_to_own(setting: Setting, share: float, low: float, high: float) -> None:
    campaign = june_2026(accounts=200, rotation=Rotation(0.5, share, 0.5))
    people = campaign_population(setting, campaign, 1.0, background(setting, 400, 2_000))
    paid = [payment for payment in people.payment if payment is not None]
    assert low <= len(set(paid)) / len(paid) <= high


def test_payments_are_shared_by_5_to_40_accounts(setting: Setting) -> None:
    people = campaign_population(setting, june_2026(accounts=400), 1.0, background(setting, 400, 2_000))
    _, counts = np.unique([p for p in people.payment if p is not None], return_counts=True)
    assert counts.max() <= 40
    assert (counts >= 4).sum() >= 3
    assert (counts == 1).sum() > 100


def test_all_populations_start_ordinary_models_before_the_release() -> None:
    _, people = population_of(World(2, 7, accounts=200, exchanges=1_000))
    assert (people.model < NEW_MODEL).all()


def _hands(setting: Setting, **changes: object) -> list[Population]:
    everyone = background(setting, 400, 2_000)
    return [campaign_population(setting, hand, 1.0, everyone) for hand in separate_hands(**changes)]


def test_separate_hands_share_a_proxy_and_a_shop_and_nothing_they_write(setting: Setting) -> None:
    one, other = _hands(setting, shop=Shop("s", 0.3), proxy=Proxy("p", 50))
    exits = [set(setting.pools[int(people.pool[0])].tolist()) for people in (one, other)]
    assert exits[0] == exits[1]
    assert 40 <= len(exits[0]) <= 50
    for column in ("payment", "device", "signup_address"):
        mine, theirs = ({v for v in getattr(p, column) if v is not None} for p in (one, other))
        assert mine & theirs, column
        assert column == "signup_address" or len(mine & theirs) <= 4, "some sign up through the exits"
        assert len(mine - theirs) > 4, column
    assert not set(one.harvest_script.tolist()) & set(other.harvest_script.tolist())
    assert {hand.method.texts for hand in separate_hands()} == {"june_2026", "february_reasoning"}


def test_hands_without_a_shop_share_nothing_at_sign_up(setting: Setting) -> None:
    one, other = _hands(setting, shop=None, proxy=None)
    assert not {p for p in one.payment if p} & {p for p in other.payment if p}
    assert not set(setting.pools[int(one.pool[0])].tolist()) >= set(setting.pools[int(other.pool[0])].tolist())
