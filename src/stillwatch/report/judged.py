"""What people judged before this scan, and what that changed in it: read from the part `judgements` of `scan.json`.

An account that somebody cleared is not accused again on the same evidence. The lines name who judged, when, and in
which entry of the ledger; why they did is there and not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillwatch.report.figures import counted, day, label, visible
from stillwatch.report.result import Result

TITLE = "Judged by people before this scan"
DEEDS = {
    "cleared": "cleared by",
    "marked_bystander": "marked as bystander by",
    "answered": "cleared on appeal by",
}
UNCHANGED = "The p-values and q are as they were measured: a judgement is not a measurement."


def campaign_lines(result: Result, campaign_id: str) -> list[str]:
    """What judgements changed in one group; none where there were none on its accounts."""
    lines = [
        f"{counted(len(entry['accounts']), 'account')} not accused: {_judgement(entry)}."
        for entry in _of("not_accused", result, campaign_id)
    ]
    again = list(_of("accused_again", result, campaign_id))
    lines += [
        f"{counted(len(group), 'account')} counted again, though {_judgement(group[0])}: there is new evidence."
        for group in _by_entry(again)
    ]
    if lines and all_spared(result, campaign_id):
        lines.append("Nobody else is left in the group, so it is not accused.")
    return [*lines, UNCHANGED] if lines else []


def account_lines(result: Result, account_id: str) -> list[str]:
    """The same for one account."""
    lines = [
        f"Not accused: {_judgement(entry)}."
        for entry in _entries(result, "not_accused")
        if account_id in entry["accounts"]
    ]
    lines += [
        f"Counted again, though {_judgement(entry)}: {_news(entry)}."
        for entry in _entries(result, "accused_again")
        if entry["account_id"] == account_id
    ]
    return lines


def spared(result: Result, account_id: str) -> bool:
    """Whether an account is a bystander because somebody judged so."""
    return any(account_id in entry["accounts"] for entry in _entries(result, "not_accused"))


def all_spared(result: Result, campaign_id: str) -> bool:
    """Whether a group is not accused because nobody but accounts that people cleared is left in it."""
    gone = result.part("judgements").get("campaigns_not_accused")
    return isinstance(gone, list) and campaign_id in gone


def _of(part: str, result: Result, campaign_id: str) -> list[Mapping[str, Any]]:
    return [entry for entry in _entries(result, part) if entry["campaign_id"] == campaign_id]


_JUDGEMENT = {"campaign_id": str, "case": int, "entry": int, "kind": str, "person": str, "time": str}
_FORMS: Mapping[str, Mapping[str, type]] = {
    "not_accused": {**_JUDGEMENT, "accounts": list},
    "accused_again": {
        **_JUDGEMENT,
        "account_id": str,
        "new_kinds": list,
        "harvested_exchanges": int,
        "harvested_exchanges_then": int,
    },
}


def _entries(result: Result, part: str) -> list[Mapping[str, Any]]:
    """The entries of a part; what has an unexpected shape is left out."""
    found = result.part("judgements").get(part)
    return [entry for entry in found if _fits(entry, _FORMS[part])] if isinstance(found, list) else []


def _fits(entry: object, form: Mapping[str, type]) -> bool:
    return isinstance(entry, Mapping) and all(isinstance(entry.get(name), kind) for name, kind in form.items())


def _by_entry(entries: list[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["entry"], []).append(entry)
    return list(found.values())


def _judgement(entry: Mapping[str, Any]) -> str:
    deed = DEEDS.get(entry["kind"], "judged by")
    return (
        f"{deed} {visible(entry['person'])} on {day(entry['time'])} "
        f"(case {entry['case']}, entry {entry['entry']} of the ledger)"
    )


def _news(entry: Mapping[str, Any]) -> str:
    """What was not known when the account was cleared."""
    news = []
    if entry["new_kinds"]:
        kinds = ", ".join(label(kind).lower() for kind in entry["new_kinds"])
        news.append(f"it shares values of a kind that it did not share then ({kinds})")
    if entry["harvested_exchanges"] > 2 * entry["harvested_exchanges_then"]:
        now, then = (
            counted(entry["harvested_exchanges"], "harvested exchange"),
            f"{entry['harvested_exchanges_then']:,}",
        )
        news.append(f"{now}, more than twice the {then} of then")
    return " and ".join(news)
