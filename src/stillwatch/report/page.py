"""The report: one HTML file that carries everything it needs and asks nothing of the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillwatch.records import REJECTS
from stillwatch.report import figures, wording
from stillwatch.report.doubts import doubts
from stillwatch.report.judged import TITLE as JUDGED
from stillwatch.report.judged import campaign_lines
from stillwatch.report.overlaps import overlap_lines
from stillwatch.report.result import Result, Row
from stillwatch.report.scan import read_scan
from stillwatch.report.sighting import Sighting, open_sighting
from stillwatch.report.taught import TITLE, Taught, taught
from stillwatch.report.timeline import Timeline, draw_timeline
from stillwatch.report.wall import Wall, build_wall

FILE_NAME = "report.html"
MEMBERS_SHOWN = 50
SHARED_SHOWN = 12
EXPOSURE_SHOWN = 24
REASONS_SHOWN = 30
OVERLAPS_SHOWN = 12
JUDGED_SHOWN = 12
DAGGER = Markup('<span class="dagger">†</span>')


@dataclass(frozen=True)
class Chapter:
    """One campaign on the page: its sighting and the two pictures drawn from it."""

    anchor: str
    sighting: Sighting
    timeline: Timeline | None
    wall: Wall | None
    judged: Sequence[str] = ()

    @property
    def row(self) -> Row:
        return self.sighting.row

    @cached_property
    def strongest(self) -> float:
        """The longest strength bar stands for this many nats."""
        return max((figures.number_of(row, "strength") for row in self.sighting.evidence), default=0) or 1.0

    @property
    def overlaps(self) -> list[str]:
        """What it shares with other listed groups, in words."""
        return overlap_lines(self.sighting.overlaps, self.sighting.campaign_id)

    @property
    def taught(self) -> Taught | None:
        """What as many exchanges taught small models of the test range."""
        return taught(self.sighting)

    @property
    def estimated(self) -> bool:
        return any(row["tokens_estimated"] for row in self.sighting.exposure)


def write_report(result: Result, out: Path, names: Mapping[str, str] | None = None) -> Path:
    """Write the page to `out` (a file, or a directory for report.html in it) and return the file's path.

    `names` maps pseudonyms to the accounts' own names; give it only where someone has the key. The same
    result and names give the same bytes. Cost: linear in the tables; about a second for 25,000 members.
    """
    file = out / FILE_NAME if out.is_dir() else out
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(result, names), encoding="utf-8", newline="\n")
    return file


def render(result: Result, names: Mapping[str, str] | None = None) -> str:
    """The page as text."""
    chapters = [_chapter(result, row, place) for place, row in enumerate(result.campaigns, start=1)]
    return (
        templates(PackageLoader("stillwatch.report"), names)
        .get_template("page.html.j2")
        .render(
            result=result,
            scan=read_scan(result),
            chapters=chapters,
            rejects=_reject_reasons(result),
            style=Markup(_read("style.css")),  # noqa: S704 - our own file, no foreign text in it
            limits={
                "members": MEMBERS_SHOWN,
                "shared": SHARED_SHOWN,
                "exposure": EXPOSURE_SHOWN,
                "reasons": REASONS_SHOWN,
                "overlaps": OVERLAPS_SHOWN,
                "judged": JUDGED_SHOWN,
            },
        )
    )


def _chapter(result: Result, row: Row, place: int) -> Chapter:
    sighting = open_sighting(result, row)
    return Chapter(
        anchor=f"campaign-{place}",
        sighting=sighting,
        timeline=draw_timeline(sighting.timeline, result.entries("models")),
        wall=build_wall(sighting.roles, sighting.members, sighting.holdings, sighting.shared),
        judged=campaign_lines(result, sighting.campaign_id),
    )


def _reject_reasons(result: Result) -> Sequence[tuple[str, int]]:
    reasons = Counter(result.table(REJECTS)["reason"].to_pylist())
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _read(name: str) -> str:
    return resources.files("stillwatch.report").joinpath("templates", name).read_text(encoding="utf-8")


def templates(loader: BaseLoader, names: Mapping[str, str] | None = None) -> Environment:
    """Templates with how this house writes figures, and its words. Values are escaped; a missing one is an error."""
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters.update(
        count=figures.count,
        counted=figures.counted,
        day=figures.day,
        label=figures.label,
        logarithm=figures.logarithm,
        measured=figures.measured,
        measure=figures.measure,
        rest=figures.rest_of_unit,
        moment=figures.moment,
        odds=lambda log10_p: raised(figures.odds(log10_p)),
        percent=figures.percent,
        probability=lambda value: raised(figures.probability(value)),
        raised=raised,
        confidence=figures.confidence,
        nats=figures.nats,
        sentence=figures.sentence,
        unbroken=_unbroken,
        iso=_iso,
        named=lambda account_id: figures.named(account_id, names),
    )
    environment.globals.update(wording=wording, doubts=doubts, number_of=figures.number_of, dagger=DAGGER)
    environment.globals.update(taught_title=TITLE, judged_title=JUDGED)
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: a dash for what is not known, foreign text made harmless."""
    if value is None:
        return figures.UNKNOWN
    if isinstance(value, str) and not isinstance(value, Markup):
        return figures.visible(value)
    return value


def raised(text: str) -> Markup:
    """`text` escaped, with powers of ten set as powers: 10^12 becomes 10 with a raised 12."""
    base, power, exponent = text.partition("10^")
    if not power:
        return Markup.escape(text)
    digits = len(exponent) - len(exponent.lstrip("0123456789" + figures.MINUS))
    raised_part, rest = exponent[:digits], exponent[digits:]
    return Markup("{}10<sup>{}</sup>").format(base, raised_part) + raised(rest)


def _unbroken(text: str) -> str:
    """`text` whose hyphens are no place to break a line: for a heading."""
    return text.replace("-", "\N{NON-BREAKING HYPHEN}")


def _iso(value: datetime | None) -> str:
    return value.date().isoformat() if value else figures.UNKNOWN
