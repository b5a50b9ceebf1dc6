"""The page of the range, `docs/range.md`, with its plots, and the table of expected gains: from records alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from testrange.bench.intervals import Estimate, mean
from testrange.bench.plots import plot
from testrange.distillation.gain import Fit, Sample, fit
from testrange.distillation.records import Record, read_records
from testrange.distillation.tasks import CAPABILITIES
from testrange.distillation.teacher import ModelError

WORDS = Path(__file__).parent / "words.md"
"""What the page says around its figures; `{name}` stands for a table or a figure."""
NOT_RUN = "*(not run)*"
SHOWN = {True: "reasoning", False: "answers alone"}


def write_page(records: Path, to: Path, gains: Path) -> list[Path]:
    """Writes TO/range.md, its plots in TO/images, and the table of expected gains that the product ships.

    Studies that have no records are said to be not run; without a curve there is no page, and ModelError says so.
    """
    found = {
        name: read_records(records / f"{name}.jsonl") for name in ("curve", "countermeasures", "loop", "provenance")
    }
    if not any("size" in row for row in found["curve"]):
        raise ModelError(f"{records}: no records of a curve; make them with `stillwatch-range curve --out {records}`")
    compared = records / "modelaudit.json"
    peer = json.loads(compared.read_text("utf-8")) if compared.exists() else {"plain": {}, "spaced": {}}
    images = to / "images"
    images.mkdir(parents=True, exist_ok=True)
    students = [row for row in found["curve"] if row.get("shape") == "small"]
    fits = {key: _fit(students, *key) for key in product(CAPABILITIES, (True, False))}
    written = {
        to / "range.md": WORDS.read_text("utf-8").format(**_parts(found, students, fits, peer)),
        gains: json.dumps(_gains(found["curve"], students, fits), indent=1) + "\n",
        images / "range-curve-reasoning.svg": _curve_plot(students, True),
        images / "range-curve-answers.svg": _curve_plot(students, False),
        images / "range-loop.svg": _loop_plot(found["loop"]),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return list(written)


def _parts(
    found: dict[str, list[Record]], students: list[Record], fits: dict[tuple[str, bool], Fit], peer: dict[str, Any]
) -> dict[str, str]:
    teacher = next(row for row in found["curve"] if row["name"] == "teacher")
    return {
        "made": _made(found),
        "teacher": ", ".join(f"{c} {teacher['competence'][c]:.0%}" for c in CAPABILITIES),
        "curve_table": _curve_table(students),
        "same_table": _curve_table([row for row in found["curve"] if row.get("shape") == "same"]),
        "fit_table": _fit_table(fits),
        "loop_table": _loop_table(found["loop"]),
        "countermeasure_table": _countermeasure_table(found["countermeasures"]),
        "refusal_table": _refusal_table(found["countermeasures"]),
        "provenance_table": _provenance_table(found["provenance"]),
        "peer": _peer(peer["plain"], found["provenance"]),
        "peer_spaced": _peer(peer["spaced"], found["provenance"]),
    }


def _made(found: dict[str, list[Record]]) -> str:
    """Which machine made which study, and when."""
    rows = []
    for study, records in found.items():
        for machine in sorted({r["machine"] for r in records}):
            dates = sorted({r["date"] for r in records if r["machine"] == machine})
            count = sum(r["machine"] == machine for r in records)
            rows.append([study, str(count), machine, " to ".join(sorted({dates[0], dates[-1]}))])
    return _table(["Study", "Records", "Machine", "Date"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return NOT_RUN
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join("---" if k == 0 else "---:" for k in range(len(head))) + "|",
    ]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _shown(value: Estimate) -> str:
    if round(value.low, 2) == round(value.high, 2):
        return f"{value.value:.0%}"
    return f"{value.value:.0%} ({value.low * 100:.0f} to {value.high * 100:.0f})"


def _competence(rows: Sequence[Record], capability: str) -> Estimate:
    return mean([row["competence"][capability] for row in rows])


def _curve_table(rows: list[Record]) -> str:
    keys = [k for k in product((True, False), CAPABILITIES) if any(r["reasoning"] == k[0] for r in rows)]
    body = []
    for size in sorted({row["size"] for row in rows}):
        cells = [[r for r in rows if r["size"] == size and r["reasoning"] == reasoning] for reasoning, _ in keys]
        shown = [_shown(_competence(some, c)) for some, (_, c) in zip(cells, keys, strict=True)]
        body.append([f"{size:,}", *shown])
    return _table(["Exchanges", *(f"{c}, {SHOWN[reasoning]}" for reasoning, c in keys)], body)


def _curve_plot(rows: list[Record], reasoning: bool) -> str:
    sizes = sorted({row["size"] for row in rows})
    chosen = [row for row in rows if row["reasoning"] == reasoning]
    series = {c: [_competence([r for r in chosen if r["size"] == n], c) for n in sizes] for c in CAPABILITIES}
    title = f"Tasks that a student solves, trained on {SHOWN[reasoning]}"
    return plot(title, "harvested exchanges", [f"{n:,}" for n in sizes], series)


def _fit(rows: list[Record], capability: str, reasoning: bool) -> Fit:
    chosen = [row for row in rows if row["reasoning"] == reasoning]
    sizes = np.array([row["size"] for row in chosen], dtype=np.float64)
    return fit(Sample(sizes, np.array([r["competence"][capability] for r in chosen]), chosen[0]["tasks"]))


def _fit_table(fits: dict[tuple[str, bool], Fit]) -> str:
    body = []
    for (capability, reasoning), found in fits.items():
        half, low, high = found.half()
        shown = [Estimate(*found.expected(n)) for n in (1_000, 3_000, 10_000)]
        halfway = f"{_rounded(half)} ({_rounded(low)} to {_rounded(high)})"
        body.append([f"{capability}, {SHOWN[reasoning]}", halfway, *(_shown(s) for s in shown)])
    return _table(["", "Half of the most gained after", "After 1,000", "After 3,000", "After 10,000"], body)


def _rounded(number: float) -> str:
    digits = max(0, int(np.floor(np.log10(max(number, 1)))) - 1)
    return f"{round(number, -digits):,.0f}"


def _gains(curve: list[Record], rows: list[Record], fits: dict[tuple[str, bool], Fit]) -> dict[str, Any]:
    """The table that the product ships: expected competence by exchanges, with intervals."""
    sizes = sorted({row["size"] for row in rows})
    teacher = next(row for row in curve if row["name"] == "teacher")
    return {
        "measured": max(row["date"] for row in rows),
        "machine": rows[0]["machine"],
        "models": "a teacher of 0.8 million weights and students of 0.15 million, trained by the range",
        "floor": max(next(row for row in curve if row["name"] == "floor")["competence"].values()),
        "teacher": {c: round(teacher["competence"][c], 3) for c in CAPABILITIES},
        "sizes": sizes,
        "curves": [
            {"capability": c, "reasoning": reasoning, **_columns(found, sizes)}
            for (c, reasoning), found in fits.items()
        ],
    }


def _columns(found: Fit, sizes: Sequence[int]) -> dict[str, list[float]]:
    columns = np.round(np.array([found.expected(n) for n in sizes]).T, 3)
    return dict(zip(("expected", "low", "high"), columns.tolist(), strict=True))


def _kinds(rows: list[Record]) -> dict[str, dict[bool, list[Record]]]:
    """Rows of the loop by kind of campaign, watched or not; where nothing was cut, both are the same students."""
    found: dict[str, dict[bool, list[Record]]] = {}
    for row in rows:
        found.setdefault(row["kind"], {True: [], False: []})[row["watched"]].append(row)
    for both in found.values():
        cut = {(r["world"], r["seed"]) for r in both[True]}
        both[True] += [r for r in both[False] if (r["world"], r["seed"]) not in cut]
    return found


def _overall(rows: Sequence[Record]) -> Estimate:
    return mean([float(np.mean([row["competence"][c] for c in CAPABILITIES])) for row in rows])


def _loop_plot(rows: list[Record]) -> str:
    kinds = _kinds(rows)
    series: dict[str, Sequence[Estimate | None]] = {
        "nobody looks": [_overall(both[False]) for both in kinds.values()],
        "with Stillwatch": [_overall(both[True]) for both in kinds.values()],
    }
    return plot("Tasks that the student solves in the end", "kind of campaign", list(kinds), series, joined=False)


def _loop_table(rows: list[Record]) -> str:
    body = []
    for kind, both in _kinds(rows).items():
        for world in sorted({row["world"] for row in both[False]}):
            told = next(row["containment"] for row in both[False] if row["world"] == world)
            marks = [_marks([r for r in both[watched] if r["world"] == world]) for watched in (False, True)]
            body.append([f"{kind}, world {world}", *_contained(told), *marks])
    head = [
        "Campaign",
        "Accused after",
        "Accounts accused",
        "Others accused",
        "Exchanges",
        "had by then",
        "Student of all",
        "of what was had",
    ]
    return _table(head, body)


def _contained(told: Record) -> list[str]:
    days = told["days_to_accusation"]
    return [
        "never" if days is None else f"{days} day{'s' if days > 1 else ''}",
        f"{told['accused']} of {told['accounts']}",
        str(sum(told["wrongly_accused"].values())),
        f"{told['harvested_without']:,}",
        f"{told['harvested_watched']:,} ({told['share']:.0%})",
    ]


def _marks(rows: Sequence[Record]) -> str:
    return " / ".join(f"{_competence(rows, c).value * 100:.0f}" for c in CAPABILITIES)


def _countermeasure_table(rows: list[Record]) -> str:
    chosen = [row for row in rows if "release" in row]
    names = list(dict.fromkeys(row["release"] for row in chosen))
    undefended = [row for row in chosen if row["release"] == "open"]
    body = []
    for name in names:
        some = [row for row in chosen if row["release"] == name]
        body.append([some[0]["says"], *(_effect(some, undefended, c) for c in CAPABILITIES), *_cost(some, undefended)])
    head = ["What is let out", *(f"DE, {c}" for c in CAPABILITIES), "DC, right answers", "DC, reasoning to follow"]
    return _table(head, body)


def _effect(rows: list[Record], undefended: list[Record], capability: str) -> str:
    """Distillation effectiveness: competence under the measure over that without it."""
    return f"{_competence(rows, capability).value / max(_competence(undefended, capability).value, 1e-9):.2f}"


def _cost(rows: list[Record], undefended: list[Record]) -> list[str]:
    def overall(some: list[Record], what: str) -> float:
        return float(np.mean([row["customer"][what][c] for row in some for c in CAPABILITIES]))

    return [f"{1 - overall(rows, w) / overall(undefended, w):.0%}" for w in ("competence", "clarity")]


def _refusal_table(rows: list[Record]) -> str:
    shares = sorted({row["marked"] for row in rows if "marked" in row})
    pick: Callable[[float], list[Record]] = lambda share: [r for r in rows if r.get("marked") == share]  # noqa: E731
    body = [
        [f"{s:.0%}", _shown(mean([r["refuses"] for r in pick(s)])), _shown(mean([r["does_marked"] for r in pick(s)]))]
        for s in shares
    ]
    return _table(["Marked requests in the harvest", "Student refuses", "Student does the marked work"], body)


def _provenance_table(rows: list[Record]) -> str:
    kinds = list(dict.fromkeys((row["kind"], row["size"]) for row in rows))
    body = []
    for kind, size in sorted(kinds, key=lambda k: (not _derived(rows, k[0]), k[0], k[1])):
        some = [row for row in rows if (row["kind"], row["size"]) == (kind, size)]
        answers = [sum(row["answer"].startswith(a) for row in some) for a in ("yes", "no evidence", "not enough")]
        marked = sum(row["watermark_p"] <= 0.01 for row in some)
        effect = np.mean([row["effect"] for row in some])
        body.append(
            [
                f"{kind}{f', {size:,}' if size else ''}",
                str(len(some)),
                "yes" if _derived(rows, kind) else "no",
                *(str(n) for n in answers),
                f"{effect:+.2f}",
                str(marked),
            ]
        )
    head = [
        "Model",
        "Models",
        "Derived",
        "Yes",
        "No evidence",
        "Not enough data",
        "Excess agreement",
        "Watermark found",
    ]
    return _table(head, body)


def _peer(said: dict[str, Any], rows: list[Record]) -> str:
    """How many models each rule of the peer calls derived, of those that are not and of those that are."""
    if not said:
        return NOT_RUN
    parts = []
    for rule in ("llmmap", "dli"):
        calls = {row["name"]: said[row["name"]][rule]["derived"] for row in rows if row["name"] in said}
        wrong = [calls[row["name"]] for row in rows if row["name"] in calls and not row["derived"]]
        right = [calls[row["name"]] for row in rows if row["name"] in calls and row["derived"]]
        parts.append(f"`{rule}` {sum(wrong)} of {len(wrong)} and {sum(right)} of {len(right)}")
    return "; ".join(parts)


def _derived(rows: list[Record], kind: str) -> bool:
    return any(row["derived"] for row in rows if row["kind"] == kind)
