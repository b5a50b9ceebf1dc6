"""How a Spark session is started, and what a user is told where it cannot be."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stillwatch.engine.protocol import EngineSettingError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

# ruff: noqa: PLC0415 - PySpark is an optional extra: it is imported when somebody asks for it

MASTER = re.compile(r"local(\[(\*|[1-9]\d*)\])?|(spark|k8s)://\S+|yarn")
SECONDS_FOR_A_WORKER = 60
HERE = re.compile(r"local(\[.*\])?|spark://(127\.0\.0\.1|localhost)(:\d+)?")
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.groupByOrdinal": "true",
    "spark.sql.orderByOrdinal": "true",
    "spark.sql.legacy.storeAnalyzedPlanForView": "false",
}
"""What the tables depend on, whatever a cluster's own settings say: an overflow is an error and no other number, times
are UTC, and a view is read anew each time."""
FEW_PARTITIONS = "32"
"""Parts of a shuffle on one machine. Spark's 200 are for clusters; small ones are joined while a query runs."""
QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = spark: %m%n
"""


def open_session(folder: Path, master: str, memory_limit: str | None) -> tuple[SparkSession, bool]:
    """A session with tables and settings of its own, and whether its end is the end of Spark in this process.

    Where Spark runs in this process already, on the same master, its context is shared. Raises EngineSettingError."""
    if not MASTER.fullmatch(master):
        raise EngineSettingError(f"'{master}' is no master of Spark", "Write local[*], local[4] or spark://HOST:7077.")
    heap = _heap(memory_limit)
    running = _running(master)
    session = running.newSession() if running is not None else _started(folder, master, heap)
    for name, value in MEANING.items():
        session.conf.set(name, value)
    return session, running is None


def _heap(memory_limit: str | None) -> str | None:
    """The heap as Java writes it, of a limit such as 8GB."""
    if memory_limit is None:
        return None
    told = re.fullmatch(r"\s*([1-9]\d*)\s*([KMGT])i?B?\s*", memory_limit, re.IGNORECASE)
    if told is None:
        raise EngineSettingError(f"'{memory_limit}' is no size of memory", "Write 8GB, for example.")
    return f"{told[1]}{told[2].lower()}"


def _running(master: str) -> SparkSession | None:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineSettingError(
            f"Spark needs the package PySpark, which is not installed ({error})",
            "Install it with: pip install 'stillwatch[spark]'",
        ) from error
    running = SparkSession.getActiveSession()
    if running is not None and running.sparkContext.master != master:
        there = running.sparkContext.master
        raise EngineSettingError(f"Spark runs in this process already, on {there}", "Stop it, or name that master.")
    return running


def _started(folder: Path, master: str, heap: str | None) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    _require_java()
    settings = SparkConf().setAll([*_settings(folder, master, heap).items()])
    context = None
    try:
        with _own_interrupt():
            context = SparkContext.getOrCreate(settings.setAppName("stillwatch").setMaster(master))
        session = SparkSession(context)
        _require_workers(context, master)
    except (PySparkException, Py4JError, OSError) as error:
        _stop(context)
        raise EngineSettingError(
            f"Spark did not start on {master} ({_cause(error)})",
            "See that the master is there, by this name and port, that workers answer to it, and that Java is 17 or "
            "newer.",
        ) from error
    except EngineSettingError:
        _stop(context)
        raise
    return session


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Leave Ctrl-C to the program: PySpark takes it, and a scan that is stopped has a folder to remove."""
    before = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)


def _stop(context: SparkContext | None) -> None:
    """Stop what is left of Spark, so that this process can try another master."""
    if context is not None:
        context.stop()


def _cause(error: Exception) -> str:
    """What Java or Python says of an error, in one line."""
    lines = [line.strip(": ") for line in str(error).splitlines() if line.strip(": ")]
    said = [line for line in lines if not line.startswith("An error occurred while calling")]
    return said[0] if said else type(error).__name__


def _settings(folder: Path, master: str, heap: str | None) -> dict[str, str]:
    """What must be said before Spark starts. The rest is the cluster's own (`spark-defaults.conf`)."""
    log = folder / "spark-log4j2.properties"
    log.write_text(QUIET)
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.defaultJavaOptions": f'"-Dlog4j2.configurationFile={log.as_uri()}"',
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.driver.maxResultSize": "0",  # what is fetched is bounded by accounts and linked pairs
    }
    if heap:
        settings["spark.driver.memory"] = heap
    if master.startswith("local"):
        settings["spark.sql.shuffle.partitions"] = FEW_PARTITIONS
    if HERE.fullmatch(master):  # no port of this machine is opened to others
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not shutil.which(str(Path(home) / "bin" / "java") if home else "java"):
        raise EngineSettingError(
            f"Spark needs Java, and there is none {f'in JAVA_HOME ({home})' if home else 'on the path'}",
            "Install a Java runtime, 17 or newer (Debian: apt-get install openjdk-17-jre-headless), or name its folder "
            "in JAVA_HOME.",
        )


def _require_workers(context: SparkContext, master: str) -> None:
    """Wait for the first executor of a standalone cluster: without one, Spark waits for ever and says nothing."""
    if not master.startswith("spark://") or context.getConf().get("spark.dynamicAllocation.enabled") == "true":
        return
    end = time.monotonic() + SECONDS_FOR_A_WORKER
    while len(context._jsc.sc().statusTracker().getExecutorInfos()) < 2:  # the driver is one
        if time.monotonic() > end:
            raise EngineSettingError(
                f"no worker of {master} gave an executor in {SECONDS_FOR_A_WORKER} seconds",
                "See that workers are there and have a core and the memory of spark.executor.memory (1 GB) free.",
            )
        time.sleep(0.1)
