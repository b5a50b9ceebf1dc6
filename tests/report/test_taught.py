"""What as many exchanges taught other models is told beside an accusation, and always as that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stillwatch.exposure.gain import expected_gains, gain_table
from stillwatch.report import Result, load_result
from stillwatch.report.explain import explain
from stillwatch.report.figures import SPACE, day, label, whole_percent
from stillwatch.report.page import render
from stillwatch.report.sighting import Sighting, open_sighting
from stillwatch.report.taught import NOT_YOURS, TITLE, taught, taught_lines

from . import fakes

CAUTION = "Nothing was measured on your models. Nobody knows how this carries over to large models"


def accused(result: Result, harvested: int | None = None) -> Sighting:
    sighting = open_sighting(result, result.accused[0])
    if harvested is None:
        return sighting
    return replace(sighting, row={**sighting.row, "harvested_exchanges": harvested})


def test_it_says_what_the_table_says(small: Result) -> None:
    sighting = accused(small)
    harvested = sighting.row["harvested_exchanges"]
    lead, *lines, caution = taught_lines(sighting)
    assert lead.startswith(f"{NOT_YOURS}, students of {harvested:,} exchanges solved on average")
    assert len(lines) == len(gain_table().teacher)
    for gain in expected_gains(harvested):
        line = next(line for line in lines if line.startswith(f"{label(gain.capability)}: "))
        assert gain.competence is not None
        low = whole_percent(gain.competence.low).removesuffix(f"{SPACE}%")
        interval = f"({low}\N{EN DASH}{whole_percent(gain.competence.high)})"
        shown = "with the reasoning" if gain.reasoning else "from answers alone"
        assert f"{whole_percent(gain.competence.expected)} {interval} {shown}" in line
    assert f"Measured on {day(gain_table().measured)} on {gain_table().machine}: {gain_table().models}" in caution
    assert CAUTION in caution


def test_beyond_the_largest_harvest_it_speaks_of_the_largest(small: Result) -> None:
    most = gain_table().largest
    at, above = taught_lines(accused(small, most)), taught_lines(accused(small, 1_000 * most))
    assert f"students of {most:,} exchanges" in at[0]
    assert f"students of as much as the largest harvest measured ({most:,} exchanges)" in above[0]
    assert above[1:] == at[1:]


def test_too_few_exchanges_tell_nothing(small: Result) -> None:
    least = gain_table().smallest
    found = taught(accused(small, least - 1))
    assert found is not None
    assert found.lead == (
        f"{NOT_YOURS}, {least - 1} exchanges are too few to tell: the smallest harvest measured is {least}."
    )
    assert found.lines == ()
    assert CAUTION in found.caution


@pytest.mark.parametrize("harvested", [None, 0])
def test_where_nothing_is_harvest_nothing_is_told(small: Result, harvested: int | None) -> None:
    sighting = accused(small)
    assert taught(replace(sighting, row={**sighting.row, "harvested_exchanges": harvested})) is None


def test_it_stands_beside_accusations_alone(small: Result) -> None:
    for row in small.campaigns:
        titles = {section.title: section.nature for section in explain(small, row["campaign_id"]).sections}
        if row["verdict"] == "distillation":
            assert titles[TITLE] == "inference"
        else:
            assert TITLE not in titles


def test_the_page_labels_it(small: Result) -> None:
    source = render(small)
    assert source.count(TITLE.replace("'", "&#39;")) == len(small.accused) == 1
    block = source.partition(TITLE.replace("'", "&#39;"))[2].partition("</section>")[0]
    assert '<div class="body inference">' in block
    assert NOT_YOURS.replace("'", "&#39;") in block
    assert CAUTION in block
    assert block.count("<li>") == len(gain_table().teacher)


def test_an_accusation_without_harvest_has_no_block_on_the_page(tmp_path: Path) -> None:
    tables = fakes.campaign("c-none", 6)
    tables["campaigns"][0]["harvested_exchanges"] = 0
    source = render(load_result(fakes.write_result(tmp_path, tables, None)))
    assert "test range" not in source


def test_shares_have_no_decimals_and_are_never_rounded_to_nothing_or_all() -> None:
    shares = (0.0, 0.004, 0.147, 0.99, 0.997, 1.0)
    words = [f"0{SPACE}%", f"<{SPACE}1{SPACE}%", f"15{SPACE}%", f"99{SPACE}%", f">{SPACE}99{SPACE}%", f"100{SPACE}%"]
    assert [whole_percent(share) for share in shares] == words
