"""The document: every figure asked for, then one template for screen and print. No script, and nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillwatch.dossier import frameworks, likelihood, lines, observed
from stillwatch.dossier.book import Answers, Book, Row
from stillwatch.dossier.constants import CONSTANTS, DEGREE_PLACES
from stillwatch.dossier.figures import Cell
from stillwatch.dossier.marking import BACKGROUND, Marking
from stillwatch.dossier.method import ALL_CLEARED, DECISIONS, SCAN, WHOLE, WHOLE_AT_SCAN
from stillwatch.dossier.picture import Picture, draw
from stillwatch.dossier.reasoned import COMPETING, INFERRED, WEIGHED, least_against
from stillwatch.report import wording
from stillwatch.report.figures import UNKNOWN, day, label, visible
from stillwatch.report.result import ACCUSATION

HEADS = {
    "operator": "One operator",
    "reseller": "Reseller, relay",
    "enterprise": "Enterprise, institution",
    "evaluators": "Evaluators",
    "application": "Application",
    "class": "Class, hackathon",
    "chance": "Chance",
}


@dataclass(frozen=True)
class Front:
    """What the front page says beside figures."""

    name: str
    case: int | None
    title: str | None
    status: str | None
    judged: bool
    divided: bool
    by_account: bool
    marking: Marking
    recipient: str | None
    issued: date
    version: str
    redacted: bool
    named: bool
    public_key: str


@dataclass(frozen=True)
class Chapter:
    """One campaign of the document. `then`: what the scan had counted, where accounts were `cleared` since; `gone`: so
    many that nobody accused is left."""

    anchor: str
    campaign: str
    verdict: str
    accused: bool
    activity: Answers
    sharing: Answers
    members: Answers
    taken: Answers
    priced: Answers | None
    gone: bool
    cleared: Cell
    then: Answers | None
    cost_then: list[Row]
    gain: Answers
    inferred: Answers
    weighed: Answers
    competing: Answers
    picture: Picture | None

    @property
    def least(self) -> list[str]:
        """In words, the hypotheses that the fewest lines speak against."""
        names = least_against(self.competing.rows("tally"))
        return [one.words for one in lines.HYPOTHESES if one.name in names]

    @property
    def supports(self) -> list[tuple[frameworks.Entry, Cell]]:
        """Each entry of a framework with what the tables say of it."""
        rows = self.competing.rows("support")
        return [(entry, row.support) for entry, row in zip(frameworks.ENTRIES, rows, strict=True)]


def render(
    front: Front, book: Book, campaigns: Sequence[Mapping[str, Any]], timeline: Sequence[Mapping[str, Any]]
) -> str:
    """The document as HTML. `campaigns` and `timeline` are rows of the tables of the folder. Fills the book."""
    whole, decisions, scan = book.ask(WHOLE), book.ask(DECISIONS), book.ask(SCAN)
    cleared = book.one(ALL_CLEARED)
    chapters = [_chapter(book, row, timeline, place) for place, row in enumerate(campaigns, start=1)]
    environment = _environment()
    return environment.get_template("dossier.html.j2").render(
        front=front,
        whole=whole,
        cleared=cleared,
        whole_then=book.ask(WHOLE_AT_SCAN) if cleared else None,
        decisions=decisions,
        scan=scan,
        chapters=chapters,
        style=_style(front.marking),
        figures=book.figures,
    )


def _chapter(book: Book, row: Mapping[str, Any], timeline: Sequence[Mapping[str, Any]], place: int) -> Chapter:
    campaign, prefix = str(row["campaign_id"]), f"c{place}."
    priced = "prices" in book.engine.tables
    listed = priced and not book.redacted
    cleared = book.ask([observed.CLEARED], prefix, campaign).cell("cleared")
    return Chapter(
        anchor=f"campaign-{place}",
        campaign=campaign,
        verdict=str(row["verdict"]),
        accused=row["verdict"] == ACCUSATION,
        activity=book.ask(observed.ACTIVITY, prefix, campaign),
        sharing=book.ask(observed.SHARING, prefix, campaign),
        members=book.ask(observed.MEMBERS, prefix, campaign),
        taken=book.ask(observed.TAKEN, prefix, campaign),
        priced=book.ask(observed.PRICED, prefix, campaign) if priced else None,
        gone=row["verdict"] != row["verdict_at_scan"],
        cleared=cleared,
        then=book.ask(observed.AT_SCAN, prefix, campaign) if cleared else None,
        cost_then=book.ask([observed.PRICED_AT_SCAN], prefix, campaign).rows("cost_then") if cleared and listed else [],
        gain=book.ask(observed.GAIN, prefix, campaign),
        inferred=book.ask(INFERRED, prefix, campaign),
        weighed=book.ask(WEIGHED, prefix, campaign),
        competing=book.ask(COMPETING, prefix, campaign),
        picture=draw([line for line in timeline if line["campaign_id"] == campaign]),
    )


def _style(marking: Marking) -> Markup:
    text = resources.files("stillwatch.dossier").joinpath("templates", "dossier.css").read_text(encoding="utf-8")
    text = text.replace("TLP-LABEL", marking.label).replace("TLP-COLOUR", marking.colour)
    return Markup(text.replace("TLP-BACKGROUND", BACKGROUND))  # noqa: S704 - our own file and the standard's words


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("stillwatch.dossier"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(label=label, day=_day, ident=_ident, quoted=_quoted)
    environment.globals.update(fixed=_fixed, lines=lines, likelihood=likelihood, wording=wording)
    environment.globals.update(
        likelihood_places=DEGREE_PLACES,
        sure_from=str(observed.SURE),
        hypothesis_heads=HEADS,
        line_words={line.name: line.words for line in lines.LINES},
    )
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: figures as they are, foreign text made harmless, a dash for what is not known."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _day(value: date) -> Markup:
    """A day that is no figure: when the dossier was issued."""
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day(value))


def _ident(value: object) -> Markup:
    """A name that is no number, whatever its digits: a campaign, a version, a key."""
    return Markup('<code class="id">{}</code>').format(visible(value))


def _quoted(text: str) -> Markup:
    """What a person wrote on the front page: a title, a recipient."""
    return Markup('<q class="written">{}</q>').format(visible(text))


def _fixed(text: str) -> Markup:
    """A number in the words of a standard or of our method, that belongs to no case. Raises ValueError for others."""
    if text not in CONSTANTS:
        raise ValueError(f"“{text}” is no constant of the document")
    return Markup('<span class="fixed">{}</span>').format(text)
