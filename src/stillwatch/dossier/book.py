"""The book of figures: whatever the document prints is asked of the engine here, once, and kept with its query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stillwatch.dossier.engine import SealedEngine, literal
from stillwatch.dossier.figures import COUNTED, QUOTED, Cell, Column, Figure, plain

FEW = 5
"""In the redacted edition numbers of accounts below this are left out: fewer people could be recognised."""


@dataclass(frozen=True)
class Row:
    """One row of a figure that is a table: cells by the name of their column."""

    cells: Mapping[str, Cell]

    def __getitem__(self, name: str) -> Cell:
        return self.cells[name]

    def __getattr__(self, name: str) -> Cell:
        try:
            return self.cells[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Question:
    """One figure to be. `query` may say {campaign} for the campaign's id and {own} for the condition on it.

    With `columns` the figure is a table, else one value with a `unit`. `redacted` is the query of the redacted edition
    where its tables answer another one; it quotes the scan.
    """

    name: str
    words: str
    query: str
    unit: str = ""
    columns: tuple[Column, ...] = ()
    origin: str = COUNTED
    redacted: str | None = None


class Answers:
    """The answers to some questions: a cell for one value, rows for a table, by the name of the question."""

    def __init__(self, found: Mapping[str, Cell | list[Row]]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Cell | list[Row]:
        try:
            return self._found[name]
        except KeyError:
            raise AttributeError(name) from None

    def cell(self, name: str) -> Cell:
        """An answer that is one value."""
        found = self._found[name]
        if not isinstance(found, Cell):
            raise TypeError(f"{name} is a table")
        return found

    def rows(self, name: str) -> list[Row]:
        """An answer that is a table."""
        found = self._found[name]
        if isinstance(found, Cell):
            raise TypeError(f"{name} is one value")
        return found


@dataclass
class Book:
    """All figures of one dossier, by name, in the order in which they were asked for."""

    engine: SealedEngine
    redacted: bool = False
    figures: dict[str, Figure] = field(default_factory=dict)

    def ask(self, questions: Iterable[Question], prefix: str = "", campaign: str = "") -> Answers:
        """Answer every question; the figures' names begin with `prefix`."""
        told = literal(campaign)
        given = {"campaign": told, "own": f"campaign_id = {told}"}
        return Answers({one.name: self._answer(one, f"{prefix}{one.name}", given) for one in questions})

    def one(self, question: Question) -> Cell:
        """The answer to a question about the whole dossier that is one value."""
        return self.ask([question]).cell(question.name)

    def table(self, question: Question) -> list[Row]:
        """The same for a table."""
        return self.ask([question]).rows(question.name)

    def _answer(self, question: Question, name: str, given: Mapping[str, str]) -> Cell | list[Row]:
        query, origin = question.query, question.origin
        if self.redacted and question.redacted is not None:
            query, origin = question.redacted, QUOTED
        query = query.format(**given)
        if question.columns:
            return self._table(name, question, query)
        if self.redacted and question.unit == "accounts":
            query = f"SELECT CASE WHEN n BETWEEN 1 AND {FEW - 1} THEN NULL ELSE n END AS n FROM ({query}) AS few(n)"
        return self._one(
            Figure(name, question.words, (Column("value", question.unit, origin),), query, (), single=True)
        )

    def _one(self, figure: Figure) -> Cell:
        rows = self.engine.rows(figure.query)
        value = plain(rows[0][0]) if rows else None
        self._keep(Figure(figure.name, figure.words, figure.columns, figure.query, ((value,),), single=True))
        return Cell(figure.name, None, value, figure.columns[0].unit, self.redacted)

    def _table(self, name: str, question: Question, query: str) -> list[Row]:
        found = tuple(tuple(plain(value) for value in row) for row in self.engine.rows(query))
        self._keep(Figure(name, question.words, question.columns, query, found, single=False))
        return [Row(dict(self._cells(name, question.columns, place, row))) for place, row in enumerate(found)]

    def _cells(
        self, name: str, columns: Sequence[Column], place: int, row: Sequence[object]
    ) -> Iterator[tuple[str, Cell]]:
        for number, (column, value) in enumerate(zip(columns, row, strict=True)):
            yield column.name, Cell(name, (place, number), plain(value), column.unit, self.redacted)

    def _keep(self, figure: Figure) -> None:
        if figure.name in self.figures:
            raise ValueError(f"two figures are called {figure.name}")
        self.figures[figure.name] = figure


def columns(text: str) -> tuple[Column, ...]:
    """Columns from their short form: `name unit`, comma apart, `*` before the unit of what is quoted from the scan."""
    parts = (part.split() for part in text.split(","))
    return tuple(
        Column(name, " ".join(unit).lstrip("*"), QUOTED if unit[0].startswith("*") else COUNTED)
        for name, *unit in parts
    )
