"""What a test of provenance found, in words for a person or as JSON: observation apart from inference."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from math import ceil, isfinite, isnan
from typing import Any

from stillwatch import __version__
from stillwatch.provenance.agreement import (
    CONFIDENCE,
    LEAST_INFORMATIVE,
    NOT_ENOUGH,
    YES,
    Agreement,
)
from stillwatch.provenance.power import (
    LEAST_UNRELATED,
    MOST_UNRELATED,
    POWER,
    needed_prompts,
    needed_unrelated,
)
from stillwatch.provenance.stage import Provenance
from stillwatch.provenance.watermark import MOST_DRAWS, SMALLEST_EXCESS, Radioactivity

WIDTH = 100
NULL = "the suspect is exchangeable with the declared unrelated models"
MARK_NULL = "the suspect never saw text marked with this key, so that any other key would do as well"
CAVEATS = (
    "The same training data without the teacher is an innocent explanation. Put models trained on it among the "
    "unrelated ones.",
    "So is a common origin: a suspect and a teacher that grew from one base model agree as well, and which of two "
    "models learned from the other is not tested.",
    "The unrelated models must be comparable with the suspect, in task, size and language. The answer is worth as much "
    "as they are, and models of one family count as several here though they are not.",
    "The level holds for one suspect and for prompts that were chosen before the answers were seen. Who tests several "
    "suspects should divide it by their number.",
)
MARK_CAVEATS = (
    "A watermark can be forged by others who collected marked answers, and washed out of a model that was distilled, "
    "so it decides nothing here.",
    "Prompts that hold marked text make any model that repeats them look marked.",
)


def provenance_text(found: Provenance) -> str:
    """Plain text of at most 100 columns."""
    title = textwrap.wrap(headline(found), WIDTH)
    lines = [*title, "=" * max(map(len, title))]
    for name, said in sections(found).items():
        lines += ["", name.upper()]
        for line in said:
            lines += textwrap.wrap(line, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def provenance_json(found: Provenance) -> dict[str, Any]:
    """The same as plain objects; a number that cannot be told, or is infinite, is None."""
    unrelated, prompts = _needed(found.agreement)
    told: dict[str, Any] = {
        "version": __version__,
        "answer": found.answer,
        "headline": headline(found),
        "left_out": found.left_out,
        "agreement": {"null": NULL, **asdict(found.agreement)},
        "needed": {"unrelated": unrelated, "prompts": prompts},
        "watermark": _mark_json(found.radioactivity),
        "sections": sections(found),
    }
    return {name: _plain(value) for name, value in told.items()}


def headline(found: Provenance) -> str:
    """The overall answer in one or two sentences."""
    marked = found.radioactivity is not None and found.radioactivity.marked
    at = f"at level {found.agreement.level:g}"
    if found.distilled:
        also = " Its text carries your watermark as well." if marked else ""
        return f"Yes {at}: the suspect agrees with the teacher more than models unrelated to it do.{also}"
    short = found.answer == NOT_ENOUGH
    if marked:
        rest = "there is not enough data to tell from agreement" if short else "agreement shows no evidence"
        return f"{_capital(found.answer)} {at}: the suspect carries your watermark, which can be copied; {rest}."
    if short:
        return f"Not enough data for an answer {at}."
    return f"No evidence {at}: the suspect does not stand out from the unrelated models in agreeing with the teacher."


def sections(found: Provenance) -> dict[str, list[str]]:
    """What was observed, what is inferred, what would change it, and what to mind, each as sentences."""
    mark = found.radioactivity
    return {
        "observed": [*_observed(found.agreement, found.left_out), *(_mark_observed(mark) if mark else ())],
        "inferred": [*_inferred(found.agreement), *(_mark_inferred(mark) if mark else ())],
        "what would change this": [*_change(found.agreement), *(_mark_change(mark) if mark else ())],
        "mind": [*CAVEATS, *(MARK_CAVEATS if mark else ())],
    }


def _observed(test: Agreement, left_out: int) -> Iterator[str]:
    yield (
        f"{_count(test.queries, 'prompt')} answered by the teacher, the suspect and "
        f"{_count(test.unrelated, 'unrelated model')}: one query to each. {_count(test.informative, 'prompt')} "
        f"{'is' if test.informative == 1 else 'are'} informative: some models answer as the teacher there, some do not."
    )
    if left_out:
        yield f"{_count(left_out, 'prompt')} of the teacher's file left out, because a model did not answer."
    if not test.informative:
        return
    low, high = min(test.unrelated_scores), max(test.unrelated_scores)
    mean = f"on {_share(test.spread.centre)} on average (from {_share(low)} to {_share(high)})"
    if test.unrelated == 1:
        mean = f"on {_share(low)}"
    yield (
        f"The suspect answers as the teacher on {_share(test.score)} of the informative prompts, the unrelated models "
        f"{mean}; a prompt weighs more, the fewer models agree with the teacher on it."
    )
    yield f"Excess agreement: {_points(test.effect)}{_interval(test)}."


def _inferred(test: Agreement) -> Iterator[str]:
    yield f"Null: {NULL}."
    if not isnan(test.p):
        yield (
            f"p = {_probability(test.p)}: the suspect's score as one more draw from those of the unrelated models "
            f"(t = {test.statistic:.2f}, {_count(test.unrelated - 1, 'degree')} of freedom). It takes their scores, on "
            "an arcsine scale, to be about normal."
        )
    if not isnan(test.rank_p):
        yield (
            f"Rank p = {_probability(test.rank_p)}: exact and free of that, but with {test.unrelated} unrelated "
            f"{'model' if test.unrelated == 1 else 'models'} never below {_probability(1 / (test.unrelated + 1))}."
        )
    if not isnan(test.detectable):
        yield f"At this level {_detectable(test)} is found with a probability of {POWER:.0%}."
    yield f"Answer from agreement: {test.answer} ({test.level:g})."


def _detectable(test: Agreement) -> str:
    if not isfinite(test.detectable):
        return "not even full agreement with the teacher"
    return f"an excess agreement of {_points(test.detectable)}"


def _change(test: Agreement) -> Iterator[str]:
    if test.answer == YES:
        yield "An unrelated model that scores as high, such as one trained on the same data without the teacher."
        return
    if test.p <= test.level and test.unrelated >= LEAST_UNRELATED:
        yield (
            "The p-value alone would do, but an unrelated model agrees with the teacher as much. See whether it "
            "comes from the teacher too: then it is no unrelated model."
        )
    if test.unrelated < LEAST_UNRELATED:
        yield f"At least {LEAST_UNRELATED} unrelated models: fewer do not tell how much such models differ."
    if test.informative < LEAST_INFORMATIVE:
        yield f"At least {LEAST_INFORMATIVE} informative prompts{_like_these(test)}."
    if test.detectable > test.smallest and test.unrelated >= LEAST_UNRELATED:
        yield _more(test)
    elif isfinite(test.detectable):
        yield f"An excess below {_points(test.detectable)} may have been missed; more models and prompts show less."


def _like_these(test: Agreement) -> str:
    if not test.informative:
        return ", on which models differ in whether they answer as the teacher"
    return f", about {ceil(test.queries * LEAST_INFORMATIVE / test.informative):,} prompts like these"


def _needed(test: Agreement) -> tuple[int | None, int | None]:
    """Unrelated models, and prompts, with either of which `smallest` would be detectable; None for a number too large,
    or where it cannot be told."""
    if isnan(test.detectable) or test.unrelated < LEAST_UNRELATED:
        return None, None
    few = needed_unrelated(test.spread, test.level, test.smallest)
    return few, needed_prompts(test.spread, test.queries, test.unrelated, test.level, test.smallest)


def _more(test: Agreement) -> str:
    models, prompts = _needed(test)
    if not models and not prompts:
        return (
            f"To find an excess of {_points(test.smallest)}, neither more unrelated models alone nor more prompts "
            "alone would do: models that differ less, prompts that tell more, and more of both."
        )
    enough = f"about {models} unrelated models" if models else f"more than {MOST_UNRELATED} unrelated models"
    asked = f"about {prompts:,} prompts like these" if prompts else "no number of prompts"
    return (
        f"To find an excess of {_points(test.smallest)} takes {enough} that differ as these do, with these prompts; or "
        f"{asked} with these models."
    )


def _mark_observed(test: Radioactivity) -> Iterator[str]:
    green = f": {_share(test.share)} against {_share(test.expected)} expected" if test.pairs else ""
    yield (
        f"{test.green:,} of {_count(test.pairs, 'distinct pair')} of context and token in the suspect's answers "
        f"{'is' if test.green == 1 else 'are'} green with your watermark key{green}."
    )


def _mark_inferred(test: Radioactivity) -> Iterator[str]:
    yield f"Null of the watermark: {MARK_NULL}."
    beside = f" Approximation: z = {test.z:.2f}, p = {_probability(test.normal_p)}." if test.pairs else ""
    yield f"Watermark p = {_probability(test.p)}, exact, from {test.draws:,} random keys.{beside}"
    yield f"Answer from the watermark: {test.answer} ({test.level:g}). Alone it never makes a yes."


def _mark_change(test: Radioactivity) -> Iterator[str]:
    if test.answer != NOT_ENOUGH:
        return
    if test.level * (MOST_DRAWS + 1) < 1.0:
        yield f"A level of {1 / (MOST_DRAWS + 1):g} or more: no more than {MOST_DRAWS:,} keys are drawn."
    elif not test.pairs:
        yield "Longer answers: none holds a whole context and a token after it."
    else:
        pairs = ceil(test.pairs * (test.detectable / SMALLEST_EXCESS) ** 2)
        yield f"For the watermark about {pairs:,} distinct pairs, to find {_points(SMALLEST_EXCESS)} of excess green."


def _mark_json(test: Radioactivity | None) -> dict[str, Any] | None:
    return None if test is None else {"null": MARK_NULL, **asdict(test), "share": test.share}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _points(value: float) -> str:
    return f"{100 * value:.1f} points"


def _interval(test: Agreement) -> str:
    low, high = test.interval
    if isnan(low):
        return ""
    return f" ({CONFIDENCE:.0%} interval {100 * low:.1f} to {100 * high:.1f})"


def _probability(value: float) -> str:
    return "less than 1e-300" if value < 1e-300 else f"{value:.2g}"
