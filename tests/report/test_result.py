"""A result is read back whole, or refused with what is wrong, where, and what to do next."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.records import ACTIVITY, CAMPAIGNS, HOLDINGS, MEMBERS, RESULT_TABLES, USAGE
from stillwatch.report import Result, ResultError, load_result


@pytest.fixture
def copy(small: Result, tmp_path: Path) -> Path:
    """A result that a test may damage."""
    return Path(shutil.copytree(small.path, tmp_path / "result"))


def test_every_table_has_its_schema(small: Result) -> None:
    for schema in RESULT_TABLES:
        assert small.table(schema).schema.equals(schema.arrow)


def test_accusations_come_first(small: Result) -> None:
    assert [row["verdict"] for row in small.campaigns] == ["distillation", "coordinated", "watch"]
    assert [row["campaign_id"] for row in small.accused] == ["c-4b1d9e"]


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"nothing is there. Run `stillwatch scan`"):
        load_result(tmp_path / "nowhere")


def test_a_file_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("{}")
    with pytest.raises(ResultError, match="it is a file"):
        load_result(tmp_path / "log.jsonl")


def test_another_directory_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="none of the tables of a scan"):
        load_result(tmp_path)


def test_an_incomplete_result_names_the_missing_table(copy: Path) -> None:
    (copy / "members.parquet").unlink()
    with pytest.raises(ResultError, match=r"members.parquet is missing"):
        load_result(copy)


def test_a_result_without_holdings_can_be_read(copy: Path) -> None:
    (copy / "holdings.parquet").unlink()
    assert load_result(copy).table(HOLDINGS).num_rows == 0


def test_a_result_of_before_the_days_of_accounts_can_be_read(copy: Path) -> None:
    (copy / "activity.parquet").unlink()
    (copy / "usage.parquet").unlink()
    result = load_result(copy)
    assert (result.table(ACTIVITY).num_rows, result.table(USAGE).num_rows) == (0, 0)


def test_a_damaged_table_is_named(copy: Path) -> None:
    (copy / "campaigns.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(ResultError, match=r"campaigns.parquet cannot be read as Parquet"):
        load_result(copy)


def test_a_missing_column_is_named(copy: Path) -> None:
    table = pq.read_table(copy / "members.parquet").drop_columns(["role", "confidence"])
    pq.write_table(table, copy / "members.parquet")
    with pytest.raises(ResultError, match=r"lacks the column\(s\) role, confidence"):
        load_result(copy)


def test_a_column_of_another_type_is_named(copy: Path, small: Result) -> None:
    table = small.table(MEMBERS)
    place = table.column_names.index("confidence")
    wrong = table.set_column(place, "confidence", pa.array(["high"] * table.num_rows))
    pq.write_table(wrong, copy / "members.parquet")
    with pytest.raises(ResultError, match="column confidence is string, expected double"):
        load_result(copy)


def test_an_empty_required_value_is_named(copy: Path, small: Result) -> None:
    table = small.table(CAMPAIGNS)
    verdicts = pa.array([None] * table.num_rows, pa.string())
    wrong = table.set_column(table.column_names.index("verdict"), "verdict", verdicts)
    pq.write_table(wrong, copy / "campaigns.parquet")
    with pytest.raises(ResultError, match="column verdict has 3 empty"):
        load_result(copy)


@pytest.mark.parametrize("text", ["{not json", "[1, 2]"])
def test_a_damaged_scan_record_is_named(copy: Path, text: str) -> None:
    (copy / "scan.json").write_text(text)
    with pytest.raises(ResultError, match=r"scan.json is damaged"):
        load_result(copy)


def test_a_missing_scan_record_is_no_obstacle(copy: Path) -> None:
    (copy / "scan.json").unlink()
    assert load_result(copy).scan == {}


def test_columns_of_a_later_version_are_left_alone(copy: Path, small: Result) -> None:
    table = small.table(CAMPAIGNS).append_column("severity", pa.array([1, 2, 3]))
    pq.write_table(table, copy / "campaigns.parquet")
    assert load_result(copy).table(CAMPAIGNS).schema.equals(CAMPAIGNS.arrow)
