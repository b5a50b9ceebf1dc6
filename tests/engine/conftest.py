"""A real Spark cluster on this machine: a master and two workers, as processes, for as long as the tests run."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stillwatch.engine import DuckDBEngine, Engine, SparkEngine

JAVA = shutil.which("java") or shutil.which(f"{os.environ.get('JAVA_HOME')}/bin/java")
WORKERS = 2
SETTINGS = """spark.executor.memory 512m
spark.driver.memory 1g
spark.sql.shuffle.partitions 8
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
"""
"""Small heaps, and a compiler that thinks of short runs: what is tested is tiny."""


@pytest.fixture(scope="session")
def spark_master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a standalone cluster. Without Java the tests that need it are skipped."""
    pyspark = pytest.importorskip("pyspark", reason="needs PySpark: pip install 'stillwatch[spark]'")
    if JAVA is None:
        pytest.skip("needs Java 17 or newer: apt-get install openjdk-17-jre-headless")
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch, _Cluster(Path(pyspark.__file__).parent, folder) as cluster:
        patch.setenv("SPARK_CONF_DIR", str(folder / "conf"))
        yield cluster.start()


@pytest.fixture(scope="session")
def spark(spark_master: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same address, with a session kept open: engines of single tests share its context and start at once."""
    first = SparkEngine(tmp_path_factory.mktemp("first"), spark_master)
    yield spark_master
    first.close()


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each engine, empty."""
    opened: Engine
    if request.param == "duckdb":
        opened = DuckDBEngine(tmp_path / "engine", threads=2)
    else:
        opened = SparkEngine(tmp_path / "engine", request.getfixturevalue("spark"))
    yield opened
    opened.close()


class _Cluster:
    """Processes that end with this one, whatever happens to it."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._home, self._folder = home, folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> _Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start(self) -> str:
        """Start the master, then its workers; the master's address."""
        log = self._run("master", "master.Master", "--port", "0")
        master = self._told(log, r"Starting Spark master at (spark://\S+)")
        for n in range(WORKERS):
            work = ("--port", "0", "--cores", "1", "--memory", "600m", "--work-dir", str(self._folder / f"work-{n}"))
            self._run(f"worker-{n}", "worker.Worker", *work, master)
        for n in range(WORKERS):
            self._told(self._folder / f"worker-{n}.log", "Successfully registered with master")
        return master

    def _run(self, name: str, part: str, *arguments: str) -> Path:
        log = self._folder / f"{name}.log"
        command = [str(self._home / "bin" / "spark-class"), f"org.apache.spark.deploy.{part}", "--host", "127.0.0.1"]
        small = {"SPARK_DAEMON_MEMORY": "128m", "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
        env = os.environ | small | {"SPARK_HOME": str(self._home), "SPARK_LOCAL_IP": "127.0.0.1"}
        with log.open("wb") as out:
            self._processes.append(
                subprocess.Popen(
                    [*command, "--webui-port", "0", *arguments],
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=env,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,  # noqa: PLW1509 - it calls Linux, and no Python that could wait
                )
            )
        return log

    def _told(self, log: Path, pattern: str, patience: float = 120.0) -> str:
        """What a process says of itself, once it does."""
        end = time.monotonic() + patience
        while time.monotonic() < end and all(process.poll() is None for process in self._processes):
            if found := re.search(pattern, log.read_text()):
                return found[found.re.groups]
            time.sleep(0.1)
        raise RuntimeError(f"the cluster did not start:\n{log.read_text()[-3000:]}")


def _end_with_parent() -> None:
    """Linux ends this process when its parent is gone, even if the parent was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
