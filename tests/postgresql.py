"""A real PostgreSQL server for tests: its own cluster in a temporary folder, on a socket of its own, gone afterwards.

Use as a fixture: `from tests.postgresql import postgresql_server, postgresql_url`. Skipped with a reason where Debian's
`postgresql` package is not installed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
PASSWORD = "a password that no message may show"
USER = "desk"


@dataclass(frozen=True)
class Server:
    """A running server. It listens on a Unix socket in `folder` only, and asks for the password."""

    folder: Path
    binaries: Path

    def url(self, database: str) -> str:
        """The URL of a database, as a user of the program would write it."""
        secret = PASSWORD.replace(" ", "%20")
        return f"postgresql://{USER}:{secret}@/{database}?host={self.folder}"

    def run(self, sql: str, database: str = "postgres") -> str:
        """What the server answers to `sql`, through psql; raises where it refuses."""
        command = [self.binaries / "psql", "-h", self.folder, "-U", USER, "-d", database, "-X", "-A", "-t", "-q"]
        ended = subprocess.run(
            [*map(str, command), "-v", "ON_ERROR_STOP=1", "-c", sql],
            capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"PGPASSWORD": PASSWORD},
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh database: its name."""
        name = f"desk_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One server for the session."""
    if not PLACES:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    try:
        owner = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    # A socket's path is limited to 107 bytes, which pytest's temporary folders may exceed.
    folder = Path(tempfile.mkdtemp(prefix="stillwatch-pg-"))
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Server(folder, PLACES[-1])
    try:
        _start(server, owner)
        yield server
    finally:
        _as(owner, [server.binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """The URL of a fresh database."""
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


def _start(server: Server, owner: pwd.struct_passwd) -> None:
    folder, data = server.folder, server.folder / "data"
    secret = folder / "password"
    secret.write_text(PASSWORD)
    os.chown(secret, owner.pw_uid, owner.pw_gid)
    how = ["--auth=scram-sha-256", "--username", USER, "--pwfile", secret, "--encoding=UTF8", "--locale=C", "--no-sync"]
    _as(owner, [server.binaries / "initdb", "-D", data, *how])
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=80"
    _as(owner, [server.binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", settings, "start"])


def _as(owner: pwd.struct_passwd, command: list[object], check: bool = True) -> None:
    """Run as the owner: the server refuses to run as root."""
    words = [str(word) for word in command]
    other = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    ended = subprocess.run(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=120, cwd="/",
        **other,  # type: ignore[call-overload]
    )  # fmt: skip
    assert not check or ended.returncode == 0, f"{Path(words[0]).name}: {ended.stderr}"
