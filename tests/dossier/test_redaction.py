"""The redacted edition leaks nothing, and its figures hold by its own tables."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stillwatch.dossier.redaction import FEWER
from stillwatch.dossier.verification import verify_dossier
from stillwatch.report.result import Result
from stillwatch.signals.pseudonyms import Pseudonyms, shown

from .conftest import KEY, OPERATOR, OTHER, PEOPLE, REASONS, SOURCE, TITLE, Make, accounts_of, case_of
from .texts import text_of


def everything(folder: Path) -> str:
    """All bytes of the folder, and all texts of its tables, which may be compressed."""
    raw = b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
    tables = [json.dumps(pq.read_table(file).to_pylist(), default=str) for file in (folder / "tables").iterdir()]
    return raw.decode("latin-1") + "\n".join(tables)


def secrets_of(result: Result) -> dict[str, list[str]]:
    pseudonyms = Pseudonyms(KEY)
    accounts = accounts_of(result) + accounts_of(result, OTHER)

    def hidden(values: list[str], kind: str) -> list[str]:
        return [shown(one) for value in values if (one := pseudonyms.one(value, kind)) is not None]

    return {
        "accounts": accounts,
        "pseudonyms of accounts": hidden(accounts, "account"),
        "shared values": sorted(set(result.tables["shared"]["value"].to_pylist())),
        "persons": list(PEOPLE),
        "pseudonyms of persons": [one[:8] for one in hidden(list(PEOPLE), "person")],
        "comments": [*REASONS, SOURCE, OPERATOR, TITLE],
        "paths": [str(entry["file"]) for entry in result.entries("inputs")],
        "other groups": [OTHER],
    }


def test_leaks_nothing(make: Make, result: Result) -> None:
    folder = make(subject=case_of(result), redacted=True, pdf=True).folder
    text = everything(folder)
    for kind, values in secrets_of(result).items():
        assert values
        leaked = [value for value in values if value in text]
        assert leaked == [], kind


def test_the_full_edition_has_what_the_redacted_one_leaves_out(make: Make, result: Result) -> None:
    text = everything(make(subject=case_of(result)).folder)
    known = secrets_of(result)
    ours = [one for one in known["pseudonyms of accounts"] if one in text]
    assert len(ours) == 40
    assert all(reason in text for reason in REASONS)
    for kind in ("accounts", "persons", "paths"):
        assert [value for value in known[kind] if value in text] == [], kind


def test_verifies_by_its_own_tables(make: Make, result: Result) -> None:
    found = verify_dossier(make(subject=case_of(result), redacted=True).folder)
    assert found.faults == ()
    assert found.figures > 70


def test_no_small_count_is_left(make: Make, result: Result) -> None:
    folder = make(subject=case_of(result), redacted=True).folder
    counts = {
        "members": ("exchanges", "harvested_exchanges"),
        "shared": ("accounts_inside", "accounts_outside", "exchanges"),
        "timeline": ("exchanges", "accounts", "new_accounts"),
        "exposure": ("harvested_exchanges",),
        "overlaps": ("values_shared", "accounts_a", "accounts_b", "accounts_outside"),
        "judgements": ("accounts",),
        "campaigns": ("accounts", "exchanges"),
    }
    for name, columns in counts.items():
        for row in rows_of(folder, name):
            assert not any(0 < (row[column] or 0) < 5 for column in columns), (name, row)


def test_small_roles_and_standings_cannot_be_counted(make: Make, result: Result) -> None:
    folder = make(subject=case_of(result), redacted=True).folder
    roles = [row["role"] for row in rows_of(folder, "members")]
    assert all(roles.count(role) >= 5 for role in set(roles))
    assert None in roles
    assert {row["standing"] for row in rows_of(folder, "standings")} == {"suspend"}


def test_one_number_left_out_takes_another_with_it(make: Make, result: Result) -> None:
    """A single number that is left out would follow from the sum."""
    full, redacted = make("full").folder, make("redacted", redacted=True).folder
    for name, column in (("timeline", "accounts"), ("shared", "accounts_outside")):
        before = [row[column] for row in rows_of(full, name)]
        after = [row[column] for row in rows_of(redacted, name)]
        hidden = sum(value is None for value in after)
        small = sum(0 < (value or 0) < 5 for value in before)
        assert hidden >= min(small + (small == 1), len(before)) if small else hidden == 0


def test_small_counts_in_sentences_are_told_as_few(make: Make) -> None:
    folder = make(redacted=True).folder
    findings = " ".join(row["finding"] for row in rows_of(folder, "explanations"))
    assert f"{FEWER} members belong to a declared organisation" in findings
    assert not re.search(r"\b[1-4] (?:of the )?(?:members|accounts|exchanges)", text_of(folder))


def test_times_are_days(make: Make, result: Result) -> None:
    folder = make(subject=case_of(result), redacted=True).folder
    for name, column in (("members", "first_linked"), ("shared", "first_seen"), ("judgements", "time")):
        times = [row[column] for row in rows_of(folder, name) if row[column]]
        assert times
        assert all((time.hour, time.minute, time.second, time.microsecond) == (0, 0, 0, 0) for time in times), name


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "tables" / f"{name}.parquet").to_pylist()
    return rows
