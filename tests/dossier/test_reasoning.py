"""Rules of likelihood, confidence, hypotheses and frameworks, each on tables made for it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stillwatch.dossier.book import Book
from stillwatch.dossier.constants import CONSTANTS
from stillwatch.dossier.engine import SealedEngine
from stillwatch.dossier.frameworks import ENTRIES, NOT_SHOWN, SHOWN
from stillwatch.dossier.likelihood import DEGREES, RULES
from stillwatch.dossier.lines import HYPOTHESES, LINES
from stillwatch.dossier.reasoned import COMPETING, WEIGHED, least_against
from stillwatch.dossier.subject import of_campaign
from stillwatch.dossier.tables import Hiding, gather
from stillwatch.report.result import Result
from tests.report import fakes

CAMPAIGN = "c-test"


def tables_of(scan: dict[str, Any] | None = None, **change: Any) -> dict[str, pa.Table]:
    """The dossier's tables of a fabricated campaign; `change` replaces values of its row, or whole tables by name."""
    made = fakes.campaign(CAMPAIGN, 12)
    made["evidence"] = change.pop("evidence", [])
    made["explanations"] = change.pop("explanations", [])
    made["members"] = change.pop("members", made["members"])
    made["campaigns"][0] |= change
    from stillwatch.records import RESULT_TABLES  # noqa: PLC0415

    tables = {s.name: pa.Table.from_pylist(made.get(s.name, []), schema=s.arrow) for s in RESULT_TABLES}
    result = Result(fakes.__file__, tables, scan or {"created_with": {"false_discovery_level": 0.01}})  # type: ignore[arg-type]
    names = {row["account_id"]: row["account_id"] for row in made["members"] + made["holdings"]}
    return gather(of_campaign(result.campaigns[0]), result, Hiding(names, {}))


def line(detector: str, log10_p: float, question: str = "coordination", without: float | None = None) -> dict[str, Any]:
    known = {"campaign_id": CAMPAIGN, "question": question, "detector": detector, "statement": "", "unit": "accounts"}
    return known | {"log10_p": log10_p, "q_without": without}


BOTH_SIDES = [line("device", -9), line("balance", -5), line("wording", -50)]


def weigh(tables: dict[str, pa.Table]) -> tuple[str, str]:
    with SealedEngine(tables) as engine:
        answers = Book(engine).ask(WEIGHED, "c1.", CAMPAIGN)
    return str(answers.rows("likelihood")[0].word.value), str(answers.cell("confidence").value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"q_value": 1e-9, "evidence": BOTH_SIDES}, ("very likely", "high")),
        ({"q_value": 0.005, "evidence": BOTH_SIDES}, ("likely", "high")),
        ({"q_value": 1e-9, "evidence": [line("device", -9), line("balance", -1)]}, ("likely", "moderate")),
        ({"q_value": 1e-9, "evidence": [*BOTH_SIDES[:2], line("wording", -50, without=0.2)]}, ("likely", "moderate")),
        ({"q_value": 1e-9, "evidence": [line("wording", -50)]}, ("likely", "low")),
        ({"verdict": "watch", "q_value": 0.08, "evidence": BOTH_SIDES}, ("roughly even chance", "high")),
        ({"verdict": "coordinated", "q_value": 1.0, "evidence": BOTH_SIDES}, ("unlikely", "high")),
        ({"verdict": "coordinated", "q_value": None}, ("unlikely", "low")),
    ],
)
def test_words_follow_the_rules(given: dict[str, Any], expected: tuple[str, str]) -> None:
    assert weigh(tables_of(**given)) == expected


def test_explanation_that_holds_makes_it_unlikely_whatever_q() -> None:
    holding = [{"campaign_id": CAMPAIGN, "explanation": "public material", "finding": "", "share": 1.0, "holds": True}]
    assert weigh(tables_of(q_value=1e-9, evidence=BOTH_SIDES, explanations=holding))[0] == "unlikely"


def test_a_line_is_indispensable_only_to_an_accusation() -> None:
    """Of a group that is not accused no line can be needed, though q without it is above the level too."""
    evidence = [line("device", -9, without=1.0), line("balance", -5, without=1.0)]
    assert weigh(tables_of(verdict="watch", q_value=1.0, evidence=evidence)) == ("roughly even chance", "high")


def test_missing_columns_lower_confidence() -> None:
    scan = {
        "created_with": {"false_discovery_level": 0.01},
        "could_not_see": [{"evidence": "device", "reason": "none"}],
    }
    assert weigh(tables_of(scan, q_value=1e-9, evidence=BOTH_SIDES)) == ("very likely", "moderate")
    needed = [*BOTH_SIDES[:2], line("wording", -50, without=0.2)]
    assert weigh(tables_of(scan, q_value=1e-9, evidence=needed)) == ("likely", "low")


def test_many_tests_of_a_side_are_paid_for() -> None:
    """Four tests of one side, the best at one in a hundred: together they are not telling."""
    registration = [line(name, -2.1 if name == "device" else 0.0) for name in ("device", "payment", "email_domain")]
    assert weigh(tables_of(q_value=0.001, evidence=registration))[1] == "low"


def test_no_rule_is_certain_and_every_word_is_of_the_standard() -> None:
    words = {degree.word for degree in DEGREES}
    assert {rule.word for rule in RULES} <= words - {"almost certain", "almost no chance"}
    assert [(degree.low, degree.high) for degree in DEGREES] == [
        (1, 5), (5, 20), (20, 45), (45, 55), (55, 80), (80, 95), (95, 99),
    ]  # fmt: skip
    assert RULES[-1].condition == "true"


def competing(tables: dict[str, pa.Table]) -> dict[str, Any]:
    with SealedEngine(tables) as engine:
        answers = Book(engine).ask(COMPETING, "c1.", CAMPAIGN)
    return {
        "found": {row.line.value: row.found.value for row in answers.rows("matrix")},
        "matrix": {row.line.value: row for row in answers.rows("matrix")},
        "least": least_against(answers.rows("tally")),
        "support": [row.support.value for row in answers.rows("support")],
        "unanswered": answers.cell("unanswered").value,
    }


def test_every_line_has_a_reading_for_every_hypothesis() -> None:
    for one in LINES:
        assert len(one.found) == len(one.missing) == len(HYPOTHESES)
        assert set(one.found + one.missing) <= set("CIN")
        assert one.found != one.missing, f"{one.name} tells nothing"


def test_every_hypothesis_can_be_spoken_against() -> None:
    for place, one in enumerate(HYPOTHESES):
        against = [line.name for line in LINES if "I" in (line.found[place], line.missing[place])]
        assert len(against) >= 2, one.name


def test_lines_are_found_missing_or_not_seen() -> None:
    evidence = [line("device", -9), line("payment", -0.5), line("pool_material", -4, "harvest")]
    found = competing(tables_of(evidence=evidence, harvest=6.0))["found"]
    assert found["registration"] == "yes"
    assert found["payment"] == "no"
    assert found["wording"] == "not seen"
    assert found["material"] == "yes"
    assert found["work"] == "yes"
    assert found["strangers"] == "yes"


def test_a_line_that_was_not_seen_speaks_for_nobody() -> None:
    told = competing(tables_of())
    assert told["matrix"]["wording"].operator.value == "neutral"
    assert told["unanswered"] == sum(answer == "not seen" for answer in told["found"].values()) > 8


def test_campaign_is_least_spoken_against_as_one_operator() -> None:
    evidence = [
        *(line(name, -20) for name in ("device", "wording", "balance", "payment", "address")),
        *(line(name, -4, "harvest") for name in ("pool_material", "pool_single")),
    ]
    explanations = [
        {"campaign_id": CAMPAIGN, "explanation": name, "finding": "", "share": 0.0, "holds": False}
        for name in ("public material", "declared organisation", "customers of one application")
    ]
    assert competing(tables_of(evidence=evidence, explanations=explanations, harvest=6.0))["least"] == ["operator"]


def test_public_material_and_a_place_speak_for_a_class() -> None:
    held = ("public material", "campus, course, employer or event")
    explanations = [
        {"campaign_id": CAMPAIGN, "explanation": name, "finding": "", "share": 0.9, "holds": True} for name in held
    ]
    evidence = [line("signup_cohort", -20), line("wording", -20), line("pool_material", -0.1, "harvest")]
    told = competing(tables_of(evidence=evidence, explanations=explanations, harvest=0.3))
    assert "operator" not in told["least"]


def test_frameworks_are_supported_by_tables_alone() -> None:
    entries = {entry.number: place for place, entry in enumerate(ENTRIES)}
    empty = competing(tables_of(harvest=0.1, members=[]))["support"]
    full = competing(tables_of(evidence=[line("device", -9), line("address", -5)], harvest=6.0))["support"]
    for number in ("AML.T0021", "AML.T0008.005", "AML.T0024.002", "12.2.4"):
        assert empty[entries[number]] == NOT_SHOWN, number
        assert full[entries[number]] == SHOWN, number
    for number in ("AML.CS0056", "11.2.2", "11.3.2", "11.3.3"):
        assert full[entries[number]] == NOT_SHOWN, number
    assert competing(tables_of(verdict="watch", harvest=6.0))["support"][entries["AML.T0024.002"]] == NOT_SHOWN


def test_constants_are_of_standards_and_rules() -> None:
    assert {entry.number for entry in ENTRIES} <= CONSTANTS
    assert not {text for text in CONSTANTS if len(text) > 8 and text.replace(",", "").isdigit()}
