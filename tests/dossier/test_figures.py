"""How figures are written, and what the book and the engine refuse."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from stillwatch.dossier.book import Book, Question, columns
from stillwatch.dossier.engine import QueryError, SealedEngine
from stillwatch.dossier.figures import Cell, canonical, plain, written
from stillwatch.dossier.marking import BY_NAME

TABLE = {"members": pa.table({"account_id": ["a", "b", "c"], "n": [1, 2, 3]})}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234567, "exchanges", "1,234,567"),
        (0.1234, "share", "12 %"),
        (-44.2, "odds", "1 in 10^44"),
        (3.1e-9, "probability", "3.1 \N{MULTIPLICATION SIGN} 10^\N{MINUS SIGN}9"),
        ("2026-06-08", "day", "8 June 2026"),
        ("2026-06-08T09:30:12.345678Z", "time", "8 June 2026, 09:30 UTC"),
        (True, "yes", "yes"),
        (1234.5, "price", "1,234.50"),
        ("signup_address", "name", "Signup address"),
        ("words without a stop", "sentence", "Words without a stop."),
        ("7", "accounts", "7"),
        (None, "accounts", "\N{EN DASH}"),
        ("\u202eevil", "text", "\\u202eevil"),
        (5, "unit of another version", "5"),
    ],
)
def test_is_written_as_on_the_page(value: object, unit: str, text: str) -> None:
    assert written(value, unit, redacted=False).replace("\N{NO-BREAK SPACE}", " ") == text  # type: ignore[arg-type]


def test_what_is_left_out_is_withheld() -> None:
    assert written(None, "accounts", redacted=True) == "withheld"


def test_values_are_plain() -> None:
    assert plain(datetime(2026, 6, 8, 9, 30)) == "2026-06-08T09:30:00.000000Z"
    assert plain(date(2026, 6, 8)) == "2026-06-08"
    assert plain(Decimal("12")) == 12
    assert plain(float("inf")) == "inf"
    assert canonical(0.1) == "0.1"
    with pytest.raises(TypeError):
        plain([1])


def test_figure_is_printed_with_its_address_and_escaped() -> None:
    cell = Cell("c1.x", (2, 1), '<b>"1"', "text", redacted=False)
    assert cell.__html__() == (
        '<data class="figure quoted" value="&lt;b&gt;&#34;1&#34;" data-figure="c1.x:2.1">&lt;b&gt;&#34;1&#34;</data>'
    )
    assert "10<sup>44</sup>" in Cell("q", None, -44.2, "odds", redacted=False).__html__()


def test_book_keeps_what_it_was_asked_and_each_name_once() -> None:
    with SealedEngine(TABLE) as engine:
        book = Book(engine)
        question = Question("size", "members", "SELECT count(*) FROM members", "accounts")
        assert book.ask([question], "a.").cell("size").value == 3
        assert book.figures["a.size"].query == "SELECT count(*) FROM members"
        with pytest.raises(ValueError, match="two figures"):
            book.ask([question], "a.")


def test_redacted_book_leaves_small_numbers_of_accounts_out() -> None:
    with SealedEngine(TABLE) as engine:
        book = Book(engine, redacted=True)
        few = Question("few", "members", "SELECT count(*) FROM members", "accounts")
        none = Question("none", "nobody", "SELECT count(*) FROM members WHERE n > 9", "accounts")
        answers = book.ask([few, none])
        assert answers.cell("few").value is None
        assert answers.cell("none").value == 0
        assert engine.rows(book.figures["few"].query) == ((None,),)


def test_braces_in_an_id_are_text() -> None:
    with SealedEngine(TABLE) as engine:
        asked = Question("same", "", "SELECT {campaign}", "text")
        assert Book(engine).ask([asked], campaign="c-{own}'{{").cell("same").value == "c-{own}'{{"


def test_columns_say_unit_and_origin() -> None:
    (first, second) = columns("name *whole share, size accounts")
    assert (first.unit, first.origin) == ("whole share", "quoted")
    assert (second.unit, second.origin) == ("accounts", "counted")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM TABLE",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM duckdb_secrets()",
        "INSTALL httpfs",
        "SELECT 1; DROP TABLE members",
        "",
    ],
)
def test_engine_runs_nothing_but_a_select_over_its_tables(query: str) -> None:
    with SealedEngine(TABLE) as engine:
        with pytest.raises(QueryError):
            engine.rows(query)
        assert engine.rows("SELECT sum(n) FROM members") == ((6,),)


def test_engine_stops_what_takes_too_long() -> None:
    with SealedEngine(TABLE, seconds=0.2) as engine:
        with pytest.raises(QueryError, match=r"stopped after 0\.2 seconds"):
            engine.rows("SELECT count(*) FROM range(100000000000) AS a, range(100000) AS b")
        assert engine.rows("SELECT 1") == ((1,),)


def test_markings_are_those_of_the_standard() -> None:
    assert {name: (one.label, one.colour) for name, one in BY_NAME.items()} == {
        "clear": ("TLP:CLEAR", "#FFFFFF"),
        "green": ("TLP:GREEN", "#33FF00"),
        "amber": ("TLP:AMBER", "#FFC000"),
        "amber+strict": ("TLP:AMBER+STRICT", "#FFC000"),
        "red": ("TLP:RED", "#FF2B2B"),
    }
