"""The road: records to signals to links to campaigns to exposure to report. One scan, on one screen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch import __version__
from stillwatch.campaigns import CampaignOptions, Judged, assess_campaigns, level_at
from stillwatch.casework.clearances import Clearances, apply_clearances
from stillwatch.engine import DuckDBEngine, Engine, EngineSettingError, SparkEngine
from stillwatch.exposure import measure_exposure
from stillwatch.intake import Aside, InputError, Log, open_log, read_accounts, read_exchanges
from stillwatch.links import LinkOptions, find_links
from stillwatch.links.population import population_steps
from stillwatch.progress import Progress
from stillwatch.records import ACCOUNTS, HARVESTED, RESULT_TABLES
from stillwatch.report import statement
from stillwatch.report.assemble import assemble, list_harvested
from stillwatch.report.names import Sealed, seal_names
from stillwatch.signals import Key, Signaller, Tally, open_key, registrations, write_signals
from stillwatch.signals.exchange_ids import passing_ids
from stillwatch.signals.texts import keep_texts_of, passing_texts
from stillwatch.store import MANIFEST, Arrival, append, check_store, is_store, open_window, settings_of

RESULT_FILES = {f"{schema.name}.parquet" for schema in RESULT_TABLES} | {
    f"{HARVESTED.name}.parquet",
    "names.parquet",
    "report.html",
    "scan.json",
    "texts",
}
"""What a scan may replace: a folder that holds anything else is not its own."""
ENGINES = ("duckdb", "spark")


@dataclass(frozen=True)
class ScanOptions:
    """What a scan may be told. `level` is the false-discovery level of accusations; `as_of` forgets what came later;
    `list_exchanges` also writes the ids of harvested exchanges, as the log gives them. `log` may be a store, or `store`
    one that takes the log up and keeps `window_days` of it. `engine` is `duckdb` or `spark`, and `master` where Spark
    runs (by default `threads` cores of this machine): neither changes what is found. `clearances`: accounts that people
    cleared, who are not accused again on the same evidence."""

    log: Path
    out: Path
    key: Path
    accounts: Path | None = None
    format: str | None = None
    mapping: dict[str, list[str]] = field(default_factory=dict)
    as_of: datetime | None = None
    level: float = 0.01
    look: int | None = None
    seed: int = 0
    threads: int = 2
    memory_limit: str | None = None
    engine: str = "duckdb"
    master: str | None = None
    pseudonymise_accounts: bool = False
    keep_text_days: int | None = None
    list_exchanges: bool = False
    store: Path | None = None
    window_days: int | None = None
    clearances: Clearances | None = None


@dataclass(frozen=True)
class Scan:
    """What a scan found, beside the files that it wrote to `out`."""

    out: Path
    tables: dict[str, pa.Table]
    statement: dict[str, Any]


def scan(options: ScanOptions, progress: Progress) -> Scan:
    """Read a log, find the campaigns in it, and write the result tables and `scan.json` to `options.out`.

    Raises InputError for input that cannot be read; nothing in `out` is changed then.
    """
    kept_in = _store_of(options)
    key = _key(options, kept_in)
    signaller = Signaller(key, options.pseudonymise_accounts)
    opened = _StoreDoor(options, kept_in, key, signaller) if kept_in else _LogDoor(options, signaller)
    with (
        _workshop(options.out) as work,
        _engine(options, work) as engine,
        opened.passed(work, progress) as past,
    ):
        log, aside, tally, columns = past.log, past.aside, past.tally, past.columns
        engine.register("signals", work / "signals")
        tally.duplicates = _duplicates(engine)
        prepared = Prepared(past.registered, columns, duplicated=tally.duplicates > 0)
        judged, tables = judge(engine, prepared, options, progress, work / "ids" if options.list_exchanges else None)
        tables, judgements = _cleared(tables, options)
        tables["rejects"] = aside.table()
        told = {
            **_told(options, log, aside, tally),
            **({"store": past.told} if past.told else {}),
            **judgements,
            "counts": _counts(engine, aside, tally, judged.tested),
            "could_not_see": statement.could_not_see(columns),
            "detectors": statement.detectors(),
            "models": statement.models(engine),
            "window": statement.window(engine),
        }
        _write(work, tables | {"names": seal_names(tables, past.known)}, told, options.keep_text_days)
        _publish(work, options.out)
    return Scan(options.out, tables, told)


@dataclass(frozen=True)
class Prepared:
    """What is known beside the signals: registrations, the columns of log and accounts that are filled, and whether
    some exchange is there twice."""

    registrations: pa.Table
    columns: Collection[str]
    duplicated: bool = False


def judge(
    engine: Engine, prepared: Prepared, options: ScanOptions, progress: Progress, ids: Path | None = None
) -> tuple[Judged, dict[str, pa.Table]]:
    """From signals that are ready, registered as `signals`, to the tables of a result; wherever they came from.

    Reads `as_of`, `level`, `look` and `seed` of the options. `ids`: the kept ids of exchanges, to list those harvested.
    """
    engine.register("registrations", prepared.registrations)
    as_of = options.as_of.isoformat() if options.as_of else None
    with progress.stage("links"):
        engine.run(population_steps(as_of, prepared.duplicated))
        links = find_links(engine, LinkOptions(prepared.columns))
    with progress.stage("campaigns"):
        chosen = CampaignOptions(level_at(options.level, options.look), options.seed, prepared.columns)
        judged = assess_campaigns(engine, links, chosen)
    with progress.stage("exposure"):
        tables = assemble(engine, judged, measure_exposure(engine, judged), links)
        if ids is not None:
            tables[HARVESTED.name] = list_harvested(engine, judged, ids)
    return judged, tables


def _cleared(tables: dict[str, pa.Table], options: ScanOptions) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The tables under the judgements of people, and the part `judgements` of `scan.json`; nothing without a ledger."""
    if options.clearances is None:
        return tables, {}
    tables, told = apply_clearances(tables, options.clearances)
    return tables, {"judgements": told}


@dataclass(frozen=True)
class _Past:
    """What is past the door, beside the signals: `columns` are those filled, `known` knows sealed originals, and `told`
    is what there is to say of a store."""

    log: Log
    aside: Aside
    tally: Tally
    registered: pa.Table
    columns: set[str]
    known: Sealed
    told: dict[str, Any] | None = None


class _LogDoor:
    """Exchanges come from a log, all of it."""

    def __init__(self, options: ScanOptions, signaller: Signaller) -> None:
        self._options, self._signaller, self._aside = options, signaller, Aside()
        self._log = open_log(options.log, options.format, options.mapping or None)
        beside = _accounts_file(options)
        self._accounts = read_accounts(beside, self._aside) if beside else ACCOUNTS.arrow.empty_table()

    @contextmanager
    def passed(self, work: Path, progress: Progress) -> Iterator[_Past]:
        """The signals in `work`, and what came with them."""
        tally = _signals(self._options, self._log, self._aside, self._signaller, work, progress)
        registered = registrations(self._accounts, self._signaller)
        columns = tally.columns | _filled(self._accounts)
        yield _Past(self._log, self._aside, tally, registered, columns, self._signaller)


class _StoreDoor:
    """Exchanges come from a store, which takes up what is new of a log first, unless the log named is the store."""

    def __init__(self, options: ScanOptions, store: Path, key: Key, signaller: Signaller) -> None:
        self._options, self._store, self._signaller = options, store, signaller
        self._settings = settings_of(key, options.pseudonymise_accounts, options.mapping)
        if is_store(store):
            check_store(store, self._settings)
        self._log = open_log(options.log, options.format, options.mapping or None) if options.store else None

    @contextmanager
    def passed(self, work: Path, progress: Progress) -> Iterator[_Past]:
        """Links to the signals in `work`, and what came with them."""
        options = self._options
        with progress.stage("signals") as advance:
            if self._log:
                arrival = Arrival(self._log, _accounts_file(options), options.window_days, options.format)
                for read in append(self._store, arrival, self._settings, self._signaller, options.threads):
                    advance(read)
            opened = open_window(self._store, self._settings, work / "signals", options.threads)
        with opened as window:
            if self._log:
                window.aside.notes.extend(n for n in self._log.skipped if n not in window.aside.notes)
            columns = window.tally.columns | window.account_columns
            yield _Past(window.log, window.aside, window.tally, window.registered, columns, window, window.told)


def outdated(path: Path, out: Path) -> bool | None:
    """Whether a store has changed since the result in `out` was written from it; None if `path` is no store."""
    if not is_store(path):
        return None
    changed, written = path / MANIFEST, out / "scan.json"
    return not (changed.exists() and written.exists()) or written.stat().st_mtime_ns < changed.stat().st_mtime_ns


def _store_of(options: ScanOptions) -> Path | None:
    """The store that a scan reads, if it reads one. Raises InputError for options that do not go with it."""
    named, store = is_store(options.log), options.store
    if named and (store or options.accounts or options.format or options.mapping):
        raise InputError("this is a store, which is scanned as it is", options.log, "Name a log to add with --store.")
    if options.window_days is not None and store is None:
        raise InputError("--window needs a store", options.log, "Name it with --store.")
    kept_in = options.log if named else store
    if kept_in is None:
        return None
    for asked, option in ((options.list_exchanges, "--list-exchanges"), (options.keep_text_days, "--keep-text")):
        if asked:
            what = f"a store holds neither ids of exchanges nor texts, which {option} needs"
            raise InputError(what, kept_in, "Scan the log itself, without --store.")
    here = kept_in.resolve()
    if here.is_relative_to(options.log.resolve()) and not named:
        raise InputError(
            "the store lies in the log", kept_in, "Choose another --store: its files would be read as logs."
        )
    if options.out.resolve().is_relative_to(here):
        raise InputError("the result would lie in the store", options.out, "Choose another --out.")
    return kept_in


def _key(options: ScanOptions, store: Path | None) -> Key:
    """The key; a store that is there already has one, and a new key would not fit it."""
    if store and is_store(store) and not options.key.exists():
        raise InputError("no key file", options.key, "Name the key that the store was made with by --key.")
    return open_key(options.key)


def _accounts_file(options: ScanOptions) -> Path | None:
    """The accounts named, or those that lie beside the exchanges of a directory."""
    if options.accounts is not None:
        return options.accounts
    beside = sorted(options.log.glob("accounts.*")) if options.log.is_dir() else []
    return beside[0] if beside else None


def _signals(
    options: ScanOptions, log: Log, aside: Aside, signaller: Signaller, work: Path, progress: Progress
) -> Tally:
    batches = read_exchanges(log, aside)
    if options.keep_text_days is not None:
        batches = passing_texts(batches, work / "texts", signaller, options.as_of)
    if options.list_exchanges:
        batches = passing_ids(batches, work / "ids")
    tally = Tally()
    with progress.stage("signals") as advance:
        for tally in write_signals(batches, work / "signals", signaller, options.threads):
            advance(tally.exchanges)
    if tally.exchanges == 0:
        raise InputError(
            "no exchange could be read",
            options.log,
            f"{aside.count} records were kept aside; the first: {_first(aside)}",
        )
    return tally


def _first(aside: Aside) -> str:
    table = aside.table()
    return str(table["reason"][0]) if table.num_rows else "none"


def _duplicates(engine: Engine) -> int:
    counted = engine.fetch("SELECT COUNT(*) AS n, COUNT(DISTINCT exchange) AS d FROM signals")
    return int(counted["n"][0].as_py() - counted["d"][0].as_py())


def _filled(table: pa.Table) -> set[str]:
    return {name for name in table.column_names if table.column(name).null_count < table.num_rows}


@contextmanager
def _engine(options: ScanOptions, work: Path) -> Iterator[Engine]:
    engine = _opened(options, work)
    try:
        yield engine
    finally:
        engine.close()


def _opened(options: ScanOptions, work: Path) -> Engine:
    if options.engine not in ENGINES:
        raise InputError(f"there is no engine '{options.engine}'", options.log, f"Choose of {', '.join(ENGINES)}.")
    if options.master is not None and options.engine != "spark":
        raise InputError(f"{options.engine} has no master", options.log, "Write --engine spark with --master.")
    try:
        if options.engine == "spark":
            return SparkEngine(work / "spark", options.master or f"local[{options.threads}]", options.memory_limit)
        return DuckDBEngine(work / "spill", options.threads, options.memory_limit)
    except EngineSettingError as error:
        hint = error.what_next or "Write --memory 8GB and --threads 2, for example."
        raise InputError(error.what, f"--engine {options.engine}", hint) from error


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A temporary folder beside the result, on the same disk; always removed."""
    if out.exists() and not (out.is_dir() and {entry.name for entry in out.iterdir()} <= RESULT_FILES):
        raise InputError("there is something else than a result", out, "Choose another --out.")
    work = out.parent / f".stillwatch-{uuid4().hex}"  # named before it is made: a stop may come in between
    try:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir(mode=0o700)
        except OSError as error:
            raise InputError(f"cannot write here ({error.strerror})", out.parent, "Choose another --out.") from error
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _told(options: ScanOptions, log: Log, aside: Aside, tally: Tally) -> dict[str, Any]:
    return {
        "version": __version__,
        "created_with": {
            "seed": options.seed,
            "false_discovery_level": level_at(options.level, options.look),
            "look": options.look,
            "as_of": options.as_of.isoformat() if options.as_of else None,
        },
        "inputs": [{"file": str(f.path), "format": f.format, "bytes": f.bytes} for f in log.files],
        "notes": sorted(aside.notes),
        "privacy": {
            "accounts_pseudonymised": options.pseudonymise_accounts,
            "text_kept": options.keep_text_days is not None,
            "text_kept_days": options.keep_text_days,
        },
        "columns": sorted(tally.columns),
    }


def _counts(engine: Engine, aside: Aside, tally: Tally, groups: int) -> dict[str, int]:
    accounts, exchanges = statement.population(engine)
    return {
        "records_read": tally.exchanges,
        "duplicates": tally.duplicates,
        "rejects": aside.count,
        "accounts": accounts,
        "exchanges": exchanges,
        "groups_tested": groups,
    }


def _write(work: Path, tables: dict[str, pa.Table], told: dict[str, Any], keep_text_days: int | None) -> None:
    folder = work / "result"
    folder.mkdir()
    asked = (HARVESTED,) if HARVESTED.name in tables else ()
    for schema in (*RESULT_TABLES, *asked):
        pq.write_table(tables[schema.name], folder / f"{schema.name}.parquet", compression="zstd")
    pq.write_table(tables["names"], folder / "names.parquet", compression="zstd")
    (folder / "scan.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    if keep_text_days is not None:
        keep_texts_of(set(tables["members"]["account_id"].to_pylist()), work / "texts", folder, keep_text_days)


def _publish(work: Path, out: Path) -> None:
    """Put the finished result in place of an older one; a result is never seen half-written."""
    old = work / "old"
    if out.exists():
        out.rename(old)
    (work / "result").rename(out)
