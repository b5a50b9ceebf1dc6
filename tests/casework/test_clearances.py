"""The next scan respects what people cleared: on the small world, by the real road."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.cases import Clearing, Decision
from stillwatch.casework.clearances import Clearances, apply_clearances, count_now
from stillwatch.casework.errors import RuleError
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import open_signing_key
from stillwatch.casework.snapshot import snapshot
from stillwatch.records import ACTIVITY, USAGE
from stillwatch.report.explain import explain
from stillwatch.report.page import render
from stillwatch.report.result import Result, load_result
from stillwatch.road import Scan
from testrange.reading import WorldTables
from tests.casework.desk import ANN, open_case
from tests.report.fakes import campaign as fake_campaign
from tests.report.fakes import write_result
from tests.road.logs import ScanLog, bytes_of

TAKING_PART = ("harvester", "mixed")


def accused(result: Scan | Result) -> list[str]:
    rows = result.tables["campaigns"].to_pylist()
    return sorted(row["campaign_id"] for row in rows if row["verdict"] == "distillation")


def taking_part(result: Scan | Result, campaign: str) -> list[str]:
    rows = result.tables["members"].to_pylist()
    return [r["account_id"] for r in rows if r["campaign_id"] == campaign and r["role"] in TAKING_PART]


def row_of(result: Scan | Result, campaign: str) -> dict[str, Any]:
    (row,) = [r for r in result.tables["campaigns"].to_pylist() if r["campaign_id"] == campaign]
    return dict(row)


def summed(result: Scan | Result, table: str, campaign: str, column: str) -> int:
    rows = result.tables[table].to_pylist()
    return sum(row[column] for row in rows if row["campaign_id"] == campaign)


def check_sums(result: Scan | Result, campaign: str) -> None:
    """All sums over the accounts that are counted say the same."""
    row = row_of(result, campaign)
    mine = [
        r for r in result.tables["members"].to_pylist() if r["campaign_id"] == campaign and r["role"] in TAKING_PART
    ]  # fmt: skip
    assert row["accounts"] == len(mine)
    assert row["harvested_exchanges"] == sum(r["harvested_exchanges"] for r in mine)
    for table in ("exposure", "timeline"):
        assert row["harvested_exchanges"] == summed(result, table, campaign, "harvested_exchanges")
    assert row["exchanges"] == summed(result, "timeline", campaign, "exchanges")
    tokens = [summed(result, "exposure", campaign, f"{kind}_tokens") for kind in ("output", "reasoning")]
    assert row["harvested_tokens"] == sum(tokens) == summed(result, "timeline", campaign, "harvested_tokens")
    assert sum(share for _, share in row["capabilities"]) == pytest.approx(1.0 if row["harvested_exchanges"] else 0.0)


@pytest.fixture(scope="module")
def decided(scanned: Scan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, str, list[str], str]]:
    """One campaign loses three accounts, another all of them: the ledger, and their ids."""
    folder = tmp_path_factory.mktemp("desk")
    ledger = Ledger.open(folder / "desk.sqlite", open_signing_key(folder / "key"))
    before = load_result(scanned.out)
    some, every = sorted(accused(scanned), key=lambda one: -len(taking_part(scanned, one)))[:2]
    cleared = taking_part(scanned, some)[:3]
    for campaign, accounts in ((some, cleared), (every, taking_part(scanned, every))):
        case = open_case(ledger, campaign)
        clear = j.Cleared(case=case, accounts=tuple(accounts), reason="A customer of ours.")
        ledger.append(clear, ANN, f"form-{campaign}", snapshot(before, [campaign], accounts))
    yield ledger, some, cleared, every
    ledger.close()


@pytest.fixture(scope="module")
def clearances(decided: tuple[Ledger, str, list[str], str]) -> Clearances:
    """What these people decided."""
    return Clearances.of(decided[0].state())


@pytest.fixture(scope="module")
def judged(
    decided: tuple[Ledger, str, list[str], str], clearances: Clearances, scan_log: ScanLog, world: WorldTables
) -> tuple[str, list[str], str, Result]:
    """Their ids, and the result of the next scan."""
    found = scan_log(world.directory, clearances=clearances, list_exchanges=True)
    return *decided[1:], load_result(found.out)


def test_a_ledger_that_cleared_nobody_changes_no_table(scanned: Scan, scan_log: ScanLog, world: WorldTables) -> None:
    found = scan_log(world.directory, clearances=Clearances("ledger", 1, {}))
    assert bytes_of(found.out) == bytes_of(scanned.out)
    assert found.statement["judgements"]["not_accused"] == []
    assert "judgements" not in scanned.statement


def test_cleared_accounts_are_bystanders_and_count_no_more(
    scanned: Scan, judged: tuple[str, list[str], str, Result]
) -> None:
    some, cleared, _, after = judged
    rows = {r["account_id"]: r for r in after.tables["members"].to_pylist() if r["campaign_id"] == some}
    assert [(rows[a]["role"], rows[a]["confidence"]) for a in cleared] == [("bystander", None)] * 3
    assert set(taking_part(after, some)) == set(taking_part(scanned, some)) - set(cleared)
    check_sums(after, some)
    before, now = row_of(scanned, some), row_of(after, some)
    assert now["accounts"] == before["accounts"] - 3
    assert now["harvested_exchanges"] < before["harvested_exchanges"]
    assert now["verdict"] == "distillation"


def test_what_was_measured_stays(scanned: Scan, judged: tuple[str, list[str], str, Result]) -> None:
    some, _, every, after = judged
    for table in ("evidence", "explanations", "shared", "holdings", "overlaps", "activity", "usage", "rejects"):
        assert after.tables[table].equals(scanned.tables[table]), table
    for campaign in (some, every):
        before, now = row_of(scanned, campaign), row_of(after, campaign)
        for column in ("coordination", "harvest", "q_value", "formed_by", "sets_tried", "first_seen", "last_seen"):
            assert now[column] == before[column]
    columns = ["campaign_id", "account_id", "exchanges", "harvested_exchanges", "link_strength"]
    assert after.tables["members"].select(columns).equals(scanned.tables["members"].select(columns))


def test_a_campaign_of_which_nobody_is_left_is_not_accused(
    scanned: Scan, judged: tuple[str, list[str], str, Result]
) -> None:
    _, _, every, after = judged
    row = row_of(after, every)
    assert row["verdict"] == "coordinated"
    assert (row["accounts"], row["harvested_exchanges"], row["capabilities"]) == (0, 0, [])
    assert every in accused(scanned)
    assert after.part("judgements")["campaigns_not_accused"] == [every]


def test_exposure_without_cleared_accounts_is_that_of_the_exchanges_that_are_left(
    judged: tuple[str, list[str], str, Result], world: WorldTables
) -> None:
    """Counted from what accounts used; the same from the log, exchange by exchange."""
    some, _, every, after = judged
    listed = pq.read_table(after.path / "harvested.parquet").to_pylist()
    assert not [row for row in listed if row["campaign_id"] == every]
    ids = {row["exchange_id"] for row in listed if row["campaign_id"] == some}
    log = [row for row in world.exchanges.to_pylist() if row["exchange_id"] in ids]
    assert len(log) == len(ids) > 0
    taken: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in log:
        for place, n in enumerate((1, row["input_tokens"] or 0, row["output_tokens"] or 0)):
            taken[row["model"]][place] += n
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in after.tables["exposure"].to_pylist():
        if row["campaign_id"] == some:
            for place, name in enumerate(("harvested_exchanges", "input_tokens", "output_tokens")):
                found[row["model"]][place] += row[name]
    assert found == taken


def test_what_counts_now_is_what_the_next_scan_writes(
    scanned: Scan, judged: tuple[str, list[str], str, Result], clearances: Clearances
) -> None:
    some, cleared, every, after = judged
    now = count_now(load_result(scanned.out).tables, clearances)
    for name in ("campaigns", "timeline", "exposure"):
        assert now.tables[name].equals(after.tables[name]), name
    assert now.spared == {some: frozenset(cleared), every: frozenset(taking_part(scanned, every))}
    assert now.gone == (every,)
    again = count_now(after.tables, clearances)
    assert (again.spared, again.gone) == ({}, ())
    assert all(again.tables[name] is after.tables[name] for name in again.tables)


def test_a_result_that_tells_no_account_apart_keeps_its_tokens(scanned: Scan, clearances: Clearances) -> None:
    older = {**scanned.tables, **{t.name: t.arrow.empty_table() for t in (ACTIVITY, USAGE)}}
    now = count_now(older, clearances).tables
    assert now["exposure"].equals(older["exposure"])
    assert now["timeline"].equals(older["timeline"])
    before, after = (t["campaigns"].drop_columns(["accounts", "exchanges", "harvested_exchanges", "verdict"])
                     for t in (older, now))  # fmt: skip
    assert after.equals(before)
    assert not now["campaigns"]["accounts"].equals(older["campaigns"]["accounts"])


def test_other_campaigns_are_as_they_were(scanned: Scan) -> None:
    one, other = accused(scanned)[:2]
    account = taking_part(scanned, one)[0]
    clearances = Clearances("ledger", 7, {account: clearing(account, *kinds_and_harvest(scanned, account))})
    tables, _ = apply_clearances(scanned.tables, clearances)
    for name in ("campaigns", "members", "timeline"):
        before, now = scanned.tables[name], tables[name]
        assert not now.equals(before)
        same = (t.filter(pc.equal(t["campaign_id"], other)) for t in (before, now))
        assert next(same).equals(next(same)), name


def test_the_scan_says_whose_judgement_it_respects(judged: tuple[str, list[str], str, Result]) -> None:
    some, cleared, every, after = judged
    told = after.part("judgements")
    assert told["accused_again"] == []
    assert sorted(entry["campaign_id"] for entry in told["not_accused"]) == sorted([some, every])
    entry = next(entry for entry in told["not_accused"] if entry["campaign_id"] == some)
    assert entry["accounts"] == sorted(cleared)
    assert (entry["person"], entry["kind"]) == ("ann", "cleared")
    assert datetime.fromisoformat(entry["time"]).tzinfo is not None


def test_report_and_explanations_say_so(judged: tuple[str, list[str], str, Result]) -> None:
    some, cleared, every, after = judged
    text = explain(after, some).to_text()
    assert "JUDGED BY PEOPLE BEFORE THIS SCAN" in text
    assert "3 accounts not accused: cleared by ann on" in text
    gone = " ".join(explain(after, every).to_text().split())
    assert "Every account in it that would be accused was cleared by people. This is not an accusation." in gone
    account = " ".join(explain(after, cleared[0]).to_text().split())
    assert "because a person judged so; it is not accused" in account
    assert "takes no part in the common work" not in account
    page = render(after)
    assert page.count("Judged by people before this scan") == 2
    assert "Nobody else is left in the group, so it is not accused." in page


def test_a_scan_record_of_another_shape_is_read_without_harm(judged: tuple[str, list[str], str, Result]) -> None:
    some, cleared, _, after = judged
    shapes: list[Any] = [
        [],
        {"not_accused": 3},
        {"not_accused": [{"campaign_id": some}], "campaigns_not_accused": {}},
        None,
    ]
    for part in shapes:
        other = replace(after, scan={**after.scan, "judgements": part})
        assert "Judged by people" not in render(other)
        assert explain(other, cleared[0]).kind == "account"


# What is new evidence.


def clearing(account: str, kinds: Iterable[str], harvested: int) -> Clearing:
    decided = Decision(7, "ann", datetime(2026, 6, 1, tzinfo=UTC), "r")
    return Clearing(account, "cleared", 1, decided, frozenset(kinds), harvested)


def kinds_and_harvest(scanned: Scan, account: str) -> tuple[set[str], int]:
    holdings, members = scanned.tables["holdings"].to_pylist(), scanned.tables["members"].to_pylist()
    kinds = {row["detector"] for row in holdings if row["account_id"] == account}
    return kinds, max(row["harvested_exchanges"] for row in members if row["account_id"] == account)


Known = Callable[[set[str], int], tuple[Collection[str], int]]


@pytest.mark.parametrize(
    ("known", "new_kinds", "again"),
    [
        (lambda kinds, n: (kinds, n), 0, False),
        (lambda kinds, n: (kinds | {"other"}, n), 0, False),
        (lambda kinds, n: (kinds, n // 2 + 1), 0, False),
        (lambda kinds, n: (kinds, (n - 1) // 2), 0, True),
        (lambda kinds, n: (kinds, 0), 0, True),
        (lambda kinds, n: (sorted(kinds)[1:], n), 1, True),
        (lambda kinds, n: ((), n), None, True),
    ],
)
def test_new_evidence_is_a_new_kind_or_more_than_twice_the_harvest(
    scanned: Scan, known: Known, new_kinds: int | None, again: bool
) -> None:
    campaign = accused(scanned)[0]
    account = taking_part(scanned, campaign)[0]
    kinds, harvested = kinds_and_harvest(scanned, account)
    clearances = Clearances("ledger", 7, {account: clearing(account, *known(kinds, harvested))})
    tables, told = apply_clearances(scanned.tables, clearances)
    role = next(r["role"] for r in tables["members"].to_pylist() if r["account_id"] == account)
    assert (role in TAKING_PART) == again
    assert bool(told["not_accused"]) != again
    if again:
        (entry,) = told["accused_again"]
        assert len(entry["new_kinds"]) == (len(kinds) if new_kinds is None else new_kinds)
        assert entry["harvested_exchanges"] == harvested
        assert all(tables[name] is scanned.tables[name] for name in scanned.tables)


def test_accounts_that_the_scan_does_not_meet_are_only_counted(scanned: Scan) -> None:
    clearances = Clearances("ledger", 7, {"elsewhere": clearing("elsewhere", ["wording"], 3)})
    tables, told = apply_clearances(scanned.tables, clearances)
    assert all(tables[name] is scanned.tables[name] for name in scanned.tables)
    assert (told["cleared_accounts"], told["not_accused"], told["accused_again"]) == (1, [], [])
    assert json.loads(json.dumps(told)) == told


def test_the_road_needs_no_database() -> None:
    program = (
        "import sys, stillwatch.road, stillwatch.casework.clearances; "
        "print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.strip() == "[]"


# Snapshots.


def test_a_snapshot_holds_what_the_result_says(scanned: Scan) -> None:
    result = load_result(scanned.out)
    campaign = accused(scanned)[0]
    account = taking_part(scanned, campaign)[0]
    kinds, harvested = kinds_and_harvest(scanned, account)
    taken = snapshot(result, [campaign], [account])
    row = row_of(scanned, campaign)
    assert taken["campaigns"][campaign]["q_value"] == row["q_value"]
    assert taken["campaigns"][campaign]["verdict"] == "distillation"
    assert taken["accounts"][account]["kinds"] == sorted(kinds)
    assert taken["accounts"][account]["harvested_exchanges"] == harvested
    assert json.loads(json.dumps(taken, allow_nan=False)) == taken
    assert snapshot(result, [campaign]).keys() == {"result", "campaigns"}


def test_the_digest_is_what_sha256sum_says(scanned: Scan) -> None:
    names = sorted(f"{name}.parquet" for name in scanned.tables)
    listed = subprocess.run(["sha256sum", *names], cwd=scanned.out, capture_output=True, check=True)
    whole = subprocess.run(["sha256sum"], input=listed.stdout, capture_output=True, check=True)
    digest = snapshot(load_result(scanned.out), accused(scanned)[:1])["result"]["digest"]
    assert whole.stdout.decode().split()[0] == digest


def test_a_snapshot_of_what_the_result_does_not_hold_is_refused(scanned: Scan) -> None:
    result = load_result(scanned.out)
    with pytest.raises(RuleError, match="holds no campaign C-none"):
        snapshot(result, ["C-none"])
    with pytest.raises(RuleError, match="holds no account nobody"):
        snapshot(result, [], ["nobody"])


def test_a_snapshot_of_a_large_campaign_is_compact(tmp_path: Path) -> None:
    tables = fake_campaign("C-large", 25_000)
    result = load_result(write_result(tmp_path / "result", tables, {}))
    accounts = [row["account_id"] for row in tables["members"]]
    assert len(json.dumps(snapshot(result, ["C-large"]))) < 2_000
    assert len(json.dumps(snapshot(result, ["C-large"], accounts))) < 200 * len(accounts)
