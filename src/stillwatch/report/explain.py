"""Why a group was accused, or why an account is in it: one explanation, as text for a person or as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

import pyarrow.compute as pc

from stillwatch.records import MEMBERS, SHARED
from stillwatch.report import wording
from stillwatch.report.explain_account import account_sections
from stillwatch.report.explain_campaign import campaign_sections
from stillwatch.report.figures import named, visible
from stillwatch.report.plain import plain_row
from stillwatch.report.result import Result, Row, UnknownSubjectError
from stillwatch.report.sections import Section
from stillwatch.report.sighting import Sighting, open_sighting

WIDTH = 100
BULLET = "- "


@dataclass(frozen=True)
class Explanation:
    """What a result says about one subject: observation apart from inference, in the order of reading.

    `kind` is `campaign` or `account`; `campaigns` are the ids that the subject belongs to, none for an
    account that no group holds. `rows` are the rows behind the sections, by table.
    """

    kind: str
    subject: str
    headline: str
    campaigns: Sequence[str]
    sections: Sequence[Section]
    rows: Mapping[str, Sequence[Row]]

    def to_text(self) -> str:
        """Plain text of at most 100 columns."""
        lines = [*_wrapped(self.headline, ""), "=" * min(WIDTH, len(self.headline))]
        for section in self.sections:
            lines += ["", section.title.upper()]
            for line in section.lines:
                lines += _wrapped(line, BULLET)
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """The same as plain objects, ready for `json.dumps`."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "headline": self.headline,
            "campaigns": list(self.campaigns),
            "sections": [{**asdict(section), "lines": list(section.lines)} for section in self.sections],
            "rows": {table: [plain_row(row) for row in rows] for table, rows in self.rows.items()},
        }


def explain(result: Result, subject: str, names: Mapping[str, str] | None = None) -> Explanation:
    """Explain `subject`: a campaign id, a unique beginning of one, or an account by pseudonym or own name.

    `names` maps pseudonyms to own names, for who has the key. Raises UnknownSubjectError with the nearest
    matches if the result does not know the subject.
    """
    campaign = _find_campaign(result, subject)
    if campaign is not None:
        return _explain_campaign(result, campaign, names)
    account_id = _pseudonym(subject, names)
    memberships = _memberships(result, account_id)
    if not memberships and (account_id not in (names or {}) or _is_shared_value(result, account_id)):
        raise UnknownSubjectError(_unknown(result, subject, names))
    return _explain_account(result, account_id, memberships, names)


def _find_campaign(result: Result, subject: str) -> Row | None:
    """An exact id wins; then a beginning that only one campaign has."""
    rows = result.campaigns
    exact = [row for row in rows if row["campaign_id"] == subject]
    begun = [row for row in rows if subject and row["campaign_id"].startswith(subject)]
    if not exact and len(begun) > 1 and not _memberships(result, subject):
        found = ", ".join(visible(row["campaign_id"]) for row in begun[:8])
        raise UnknownSubjectError(
            f"“{visible(subject)}” is the beginning of {len(begun)} campaigns in {result.path}: {found}. "
            "Give more of it."
        )
    found_one = exact or begun
    return found_one[0] if len(found_one) == 1 else None


def _pseudonym(subject: str, names: Mapping[str, str] | None) -> str:
    if names and subject not in names:
        return next((pseudonym for pseudonym, original in names.items() if original == subject), subject)
    return subject


def _memberships(result: Result, account_id: str) -> list[Row]:
    table = result.table(MEMBERS)
    rows: list[Row] = table.filter(pc.equal(table["account_id"], account_id)).to_pylist()
    return sorted(rows, key=lambda row: row["campaign_id"])


def _is_shared_value(result: Result, subject: str) -> bool:
    return bool(pc.any(pc.equal(result.table(SHARED)["value"], subject)).as_py())


def _unknown(result: Result, subject: str, names: Mapping[str, str] | None) -> str:
    shared = _is_shared_value(result, _pseudonym(subject, names))
    campaigns = [row["campaign_id"] for row in result.campaigns]
    accounts = sorted(set(result.table(MEMBERS)["account_id"].to_pylist()))
    near = get_close_matches(subject, campaigns, 3, 0.5) + _near_accounts(subject, accounts)
    own = [named(pseudonym, names) for pseudonym in _near_names(subject, names)]
    kind = " It is a shared value: explain a campaign to see who holds it." if shared else ""
    hints = [visible(name) for name in near] + own
    nearest = f" Nearest: {', '.join(hints)}." if hints else ""
    if names is None and result.part("privacy").get("accounts_pseudonymised") is True:
        nearest += " Account ids are pseudonyms in this result: to name one as in the log takes --reveal and the key."
    return (
        f"“{visible(subject)}” is neither one of the {len(campaigns)} campaigns nor one of the "
        f"{len(accounts):,} member accounts in {result.path}.{kind}{nearest} "
        "An account that no group holds is not in these tables: nothing was found on it."
    )


def _near_accounts(subject: str, accounts: Sequence[str]) -> list[str]:
    """Accounts that begin alike, then alike as a whole; the slow comparison only among few."""
    begun = [account for account in accounts if account.startswith(subject[:6])] if subject else []
    return get_close_matches(subject, (begun or accounts)[:2000], 3, 0.6)


def _near_names(subject: str, names: Mapping[str, str] | None) -> list[str]:
    originals = {original: pseudonym for pseudonym, original in (names or {}).items()}
    return [originals[near] for near in get_close_matches(subject, list(originals)[:2000], 2, 0.6)]


def _explain_campaign(result: Result, row: Row, names: Mapping[str, str] | None) -> Explanation:
    sighting = open_sighting(result, row)
    subject = sighting.campaign_id
    return Explanation(
        kind="campaign",
        subject=subject,
        headline=f"{wording.noun(row)} {visible(subject)}: {_verdict(sighting, result)}",
        campaigns=(subject,),
        sections=campaign_sections(sighting, result, names),
        rows={
            "campaigns": [sighting.row],
            "evidence": sighting.evidence,
            "explanations": sighting.explanations,
            "exposure": sighting.exposure,
            "overlaps": sighting.overlaps,
        },
    )


def _explain_account(
    result: Result, account_id: str, memberships: Sequence[Row], names: Mapping[str, str] | None
) -> Explanation:
    by_id = {row["campaign_id"]: row for row in result.campaigns}
    known = [row for row in memberships if row["campaign_id"] in by_id]
    sightings = [open_sighting(result, by_id[row["campaign_id"]]) for row in known]
    shown = named(account_id, names)
    return Explanation(
        kind="account",
        subject=account_id,
        headline=f"Account {shown}: {_standing(sightings, known)}",
        campaigns=tuple(sighting.campaign_id for sighting in sightings),
        sections=account_sections(result, list(zip(sightings, known, strict=True)), names),
        rows={
            "campaigns": [sighting.row for sighting in sightings],
            "members": known,
            "holdings": [row for sighting in sightings for row in sighting.held_by(account_id)],
        },
    )


def _verdict(sighting: Sighting, result: Result) -> str:
    words = wording.verdict(sighting.row).lower()
    at = wording.level(result)
    return f"{words} {at}" if sighting.accused and at else words


def _standing(sightings: Sequence[Sighting], memberships: Sequence[Row]) -> str:
    if not sightings:
        return "in no listed group"
    parts = [
        f"{visible(row['role'])} in {wording.noun(sighting.row).lower()} {visible(sighting.campaign_id)}"
        for sighting, row in zip(sightings, memberships, strict=True)
    ]
    return "; ".join(parts)


def _wrapped(line: str, bullet: str) -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH,
        initial_indent=f"  {bullet}" if bullet else "",
        subsequent_indent="    " if bullet else "",
        break_on_hyphens=False,
    ) or [""]
