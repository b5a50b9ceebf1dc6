"""What one console is started with. Nothing changes while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stillwatch.access.provider import Provider

Clock = Callable[[], datetime]
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
DEFAULT_PORT = 8750
# A form with all 25,000 accounts of a large case ticked is about a megabyte.
LARGEST_REQUEST = 2 * 1024 * 1024


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Settings:
    """How a console runs.

    * `result`: folder of a scan. `ledger`: SQLAlchemy URL of the database with judgements and people.
    * `key`: key file of the scan, which opens original identifiers; without it nobody sees any.
    * `signing_key`: key that signs judgements. `prices`: list prices of models.
    * `second_person_above`: a measure on more accounts than that needs a second person.
    * `idle`, `longest`: a session ends after so long without use, and after so long in any case.
    * `public_url`: how browsers reach it, if something that speaks TLS stands in front.
    """

    result: Path
    ledger: str
    key: Path | None = None
    signing_key: Path | None = None
    second_person_above: int = 10
    prices: Path | None = None
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    public_url: str | None = None
    oidc: Provider | None = None
    clock: Clock = now

    def over(self, result: Path, ledger: str) -> Settings:
        """The same over another result and ledger."""
        return replace(self, result=result, ledger=ledger)

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS, so that cookies may be kept to it."""
        return (self.public_url or "").startswith("https://")

    @property
    def url(self) -> str:
        """Where browsers reach it, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
