"""What is Spark's own: the whole road on a cluster, and what a user is told where Spark cannot run."""

from __future__ import annotations

import builtins
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.cli import main
from stillwatch.engine import EngineSettingError, SparkEngine, Step
from stillwatch.road import Scan
from testrange.reading import WorldTables

PARTS = 5


@pytest.fixture(scope="module")
def on_spark(world: WorldTables, scan_log: Any, spark: str, tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The small world in several files, scanned on two workers: signals come in as many parts."""
    log = tmp_path_factory.mktemp("parted")
    (log / "exchanges").mkdir()
    each = -(-world.exchanges.num_rows // PARTS)
    for n in range(PARTS):
        pq.write_table(world.exchanges.slice(n * each, each), log / "exchanges" / f"part-{n}.parquet")
    pq.write_table(world.accounts, log / "accounts.parquet")
    found: Scan = scan_log(log, engine="spark", master=spark)
    return found


def _told(scan: Scan) -> Mapping[str, Any]:
    """What a scan says of itself, without the names of its files."""
    told: dict[str, Any] = json.loads((scan.out / "scan.json").read_text())
    return {name: value for name, value in told.items() if name != "inputs"}


def test_a_cluster_finds_the_same_to_the_byte(scanned: Scan, on_spark: Scan) -> None:
    assert "distillation" in scanned.tables["campaigns"]["verdict"].to_pylist()
    for name in ("campaigns", "members"):
        assert on_spark.tables[name].to_pylist() == scanned.tables[name].to_pylist()
    files = sorted(path.name for path in scanned.out.glob("*.parquet"))
    assert sorted(path.name for path in on_spark.out.glob("*.parquet")) == files
    for name in files:
        assert (on_spark.out / name).read_bytes() == (scanned.out / name).read_bytes(), name
    assert _told(on_spark) == _told(scanned)


def test_nothing_is_left_beside_the_result(on_spark: Scan) -> None:
    assert [entry.name for entry in on_spark.out.parent.iterdir()] == ["result"]


def test_the_tables_are_worked_on_by_both_workers(spark: str, tmp_path: Path) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra

    active = SparkSession.getActiveSession()
    assert active is not None
    told = active.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    assert len(told) == 3, "the driver and two executors"


def test_engines_of_one_process_have_tables_of_their_own(spark: str, tmp_path: Path) -> None:
    one, other = SparkEngine(tmp_path / "one", spark), SparkEngine(tmp_path / "other", spark)
    for n, engine in enumerate((one, other)):
        engine.register("given", pa.table({"n": [n]}))
        engine.run([Step("kept", "SELECT n FROM given")])
    one.close()
    assert other.fetch("SELECT n FROM kept")["n"].to_pylist() == [1]
    other.close()


def test_what_a_table_held_is_removed_when_it_is_made_again(spark: str, tmp_path: Path) -> None:
    engine = SparkEngine(tmp_path, spark)
    for n in range(3):
        engine.register("given", pa.table({"n": [n]}))
        engine.run([Step("kept", "SELECT n FROM given"), Step("view", "SELECT n FROM kept", keep=False)])
    assert len([*tmp_path.glob("given/*")]) == len([*tmp_path.glob("kept/*")]) == 1
    engine.run([Step("kept", "SELECT 1 AS n", keep=False)])
    assert [*tmp_path.glob("kept/*")] == []
    engine.close()


# The program.


def test_the_program_scans_on_a_cluster(
    world: WorldTables, key_file: Path, tmp_path: Path, spark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(world.exchanges.slice(0, 400), tmp_path / "log.parquet")
    options = ("--out", tmp_path / "r", "--key", key_file, "--engine", "spark", "--master", spark)
    monkeypatch.setattr(sys, "argv", ["stillwatch", "scan", *(str(c) for c in (tmp_path / "log.parquet", *options))])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code in (0, None)
    assert (tmp_path / "r" / "report.html").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["log.parquet", "r"]


# What a user is told.


@pytest.mark.parametrize(
    ("master", "memory", "words"),
    [
        ("localhost:7077", None, "no master of Spark"),
        ("local[0]", None, "no master of Spark"),
        ("local[1]", "plenty", "no size of memory"),
        ("local[1]", "0GB", "no size of memory"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, master: str, memory: str | None, words: str) -> None:
    with pytest.raises(EngineSettingError, match=words) as told:
        SparkEngine(tmp_path, master, memory)
    assert told.value.what_next


def test_another_master_in_the_same_process_is_refused(spark: str, tmp_path: Path) -> None:
    with pytest.raises(EngineSettingError, match="already"):
        SparkEngine(tmp_path, "local[1]")


def test_without_pyspark_a_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("pyspark"):
            raise ModuleNotFoundError(f"No module named '{name}'")
        return taken(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(EngineSettingError, match="pip install"):
        SparkEngine(tmp_path, "local[1]")


@pytest.mark.parametrize("home", [True, False])
def test_without_java_a_user_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: bool
) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert shutil.which("java") is None
    with pytest.raises(EngineSettingError, match="openjdk-17") as told:
        SparkEngine(tmp_path, "local[1]")
    assert ("JAVA_HOME (" in str(told.value)) == home
