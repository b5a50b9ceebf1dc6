"""How ids are written in the full edition: accounts by keyed pseudonym, persons by pseudonym unless named."""

from __future__ import annotations

from collections.abc import Iterable

from stillwatch.casework.sums import kept
from stillwatch.dossier.subject import Subject
from stillwatch.dossier.tables import Hiding
from stillwatch.records import HOLDINGS, MEMBERS
from stillwatch.report.result import Result
from stillwatch.signals import Key
from stillwatch.signals.pseudonyms import Pseudonyms, shown

PERSON_DIGITS = 8
"""Hexadecimal digits of a person's pseudonym: a desk has tens of people, not millions."""


def hide(subject: Subject, result: Result, key: Key, names: bool) -> Hiding:
    """The pseudonyms of a dossier. Account ids that are pseudonyms already stay; the others become what
    `stillwatch scan --pseudonymise-accounts` would have made of them with this key."""
    pseudonyms = Pseudonyms(key)
    ids: set[str] = set()
    for schema in (MEMBERS, HOLDINGS):
        ids |= set(kept(result.table(schema), subject.scope)["account_id"].to_pylist())
    accounts = {name: name for name in ids} if hidden_already(result) else _hidden(pseudonyms, ids, "account")
    people = {entry.person for entry in subject.judgements}
    short = {name: one[:PERSON_DIGITS] for name, one in _hidden(pseudonyms, people, "person").items()}
    return Hiding(accounts, {name: name for name in people} if names else short)


def hidden_already(result: Result) -> bool:
    """Whether the result's account ids are pseudonyms."""
    return result.part("privacy").get("accounts_pseudonymised") is True


def _hidden(pseudonyms: Pseudonyms, values: Iterable[str], kind: str) -> dict[str, str]:
    found = ((value, pseudonyms.one(value, kind)) for value in values)
    return {value: shown(one) for value, one in found if one is not None}
