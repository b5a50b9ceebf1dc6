"""Entries of the ledger in words, for page, terminal and dossier. No identifiers of accounts, no texts people wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stillwatch.casework import judgements as j

MEASURES: Mapping[str, str] = {
    "verify_identity": "verify identity",
    "limit": "limit the rate",
    "withhold_reasoning": "withhold reasoning",
    "suspend": "suspend",
}
"""What each measure is called."""
OUTCOMES: Mapping[str, str] = {"resolved": "resolved", "unfounded": "unfounded", "merged": "merged into another case"}


def told(judgement: j.Judgement) -> str:
    """What was judged, as the rest of a sentence that begins with a person: "proposed to suspend 12 accounts"."""
    return _WORDS[judgement.kind](judgement)


def accounts(number: int) -> str:
    """A number of accounts."""
    return "1 account" if number == 1 else f"{number:,} accounts"


def _campaigns(names: tuple[str, ...]) -> str:
    return f"campaign{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _split(one: j.Split) -> str:
    parts = [_campaigns(one.campaigns)] if one.campaigns else []
    parts += [accounts(len(one.accounts))] if one.accounts else []
    return f"split {' and '.join(parts)} off into case {one.into}"


def _proposed(one: j.Proposed) -> str:
    needs = ", which a second person must approve" if one.second_person else ""
    return f"proposed to {MEASURES[one.measure]}, on {accounts(len(one.accounts))} until {one.until}{needs}"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "founded": lambda _: "began the ledger",
    "opened": lambda one: f"opened the case on {_campaigns(one.campaigns)}",
    "assigned": lambda one: f"gave the case to {one.to}" if one.to else "put the case back for anybody to take",
    "commented": lambda _: "commented",
    "confirmed": lambda one: f"confirmed {_campaigns(one.campaigns)}",
    "closed": lambda one: f"closed the case as {OUTCOMES[one.outcome]}",
    "reopened": lambda _: "opened the case again",
    "split": _split,
    "merged": lambda one: f"merged the case into case {one.into}",
    "cleared": lambda one: f"cleared {accounts(len(one.accounts))}",
    "marked_bystander": lambda one: (
        f"marked {accounts(len(one.accounts))} as {'a bystander' if len(one.accounts) == 1 else 'bystanders'}"
    ),
    "recalled": lambda one: f"took back entry {one.entry}",
    "attributed": lambda _: "named an operator, with a source",
    "proposed": _proposed,
    "approved": lambda one: f"approved the proposal of entry {one.proposal}",
    "declined": lambda one: f"declined the proposal of entry {one.proposal}",
    "lifted": lambda one: f"lifted the measure of entry {one.proposal} on {accounts(len(one.accounts))}",
    "appealed": lambda _: "entered an appeal of 1 account",
    "answered": lambda one: f"answered the appeal of entry {one.appeal}: {one.outcome}",
    "issued": lambda one: f"issued a {'redacted ' if one.redacted else ''}dossier, {one.marking}",
}
