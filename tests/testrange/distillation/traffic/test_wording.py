"""Requests: the plain question in a template, or composed anew each time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest

from testrange import seeds
from testrange.distillation.tasks import Task, draw_tasks, marked_task
from testrange.distillation.traffic.phrases import NUMBERS, TEMPLATES
from testrange.distillation.traffic.questions import RESERVED, plainly, question_of
from testrange.distillation.traffic.wording import Manner, requests, wording_generator
from testrange.language import phrasebook
from testrange.scripts import Rows, Tasks

RUN = 10
"""Words."""


def _asked(repeated: float, count: int = 3000, seed: int = 1) -> list[str]:
    return requests(draw_tasks(4, count), Manner(repeated), wording_generator(seed))


def _plain(prompt: str) -> str:
    return plainly(question_of(Task("", prompt, (), "")))


def _repeated(texts: Iterable[str]) -> float:
    """Share of runs of ten words that more than one text has; numbers are all alike, as the product reads them."""
    runs = [_runs(re.findall(r"[a-z0-9]+", re.sub(r"\d+", "0", text.lower()))) for text in texts]
    counted = Counter(run for of in runs for run in of)
    return sum(counted[run] > 1 for of in runs for run in of) / sum(map(len, runs))


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


def test_plain_questions() -> None:
    assert _plain("m7+8-6*3+4?") == "Working modulo ten, from left to right, compute 7 + 8 - 6 * 3 + 4."
    assert _plain("m3x+4:9?") == "Working modulo ten, solve 3 x + 4 = 9 for x."
    assert _plain("p3142>2413?").endswith("write a program of two that turns the list 3, 1, 4, 2 into 2, 4, 1, 3.")
    assert "the program r, s, i should turn the list 3, 1, 4, 2 into 2, 4, 1, 3 and" in _plain("q3142>2413rsi?")
    assert "at least 17 from the boxes, opening them in the order b, d, a, c, f, e," in _plain("w17bdacfe?")


def test_a_prompt_of_no_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="no form"):
        _plain("z1?")


def test_marked_tasks_say_so() -> None:
    tasks = [marked_task(task) for task in draw_tasks(1, 6)]
    for repeated in (0.0, 1.0):
        assert all(RESERVED in text for text in requests(tasks, Manner(repeated), wording_generator(1)))


def test_plain_questions_keep_every_number_in_order() -> None:
    for task in draw_tasks(2, 300):
        named = re.sub(r"\D", "", "".join(question_of(task).named))
        assert named in re.sub(r"\D", "", plainly(question_of(task)))


def test_composed_questions_name_every_digit() -> None:
    for task, text in zip(draw_tasks(4, 300), _asked(0.0, 300), strict=True):
        if question_of(task).form != "errand":
            for digit in set(re.sub(r"\D", "", task.prompt)):
                assert digit in text or NUMBERS[int(digit)] in text.lower()


def test_templates_are_few() -> None:
    texts = requests(draw_tasks(4, 600), Manner(1.0, templates=2, variety=0.0), wording_generator(1))
    heads = Counter(text.split(" ")[0] for text in texts)
    assert set(heads) == {
        re.sub(r"\[([^|]*)\|.*", r"\1", TEMPLATES[n], flags=re.DOTALL).split(" ")[0] for n in range(2)
    }


def test_alternatives_are_drawn_for_a_share() -> None:
    same, varied = (
        requests(draw_tasks(4, 600), Manner(1.0, variety=variety), wording_generator(1)) for variety in (0.0, 1.0)
    )
    assert not any("[" in text for text in same + varied)
    assert same != varied


def test_share_of_templates() -> None:
    plain = {plainly(question_of(task)) for task in draw_tasks(4, 400)}
    with_template = sum(any(part in text for part in plain) for text in _asked(0.6, 400))
    assert 0.5 < with_template / 400 < 0.7


def test_templates_repeat_runs_of_words_and_composed_requests_hardly_do() -> None:
    assert _repeated(_asked(1.0)) > 0.5
    assert _repeated(_asked(0.0)) < 0.02


def test_composed_requests_repeat_no_more_than_the_ranges_own_tasks() -> None:
    rng = np.random.default_rng(1)
    voices = rng.integers(1, 1 << 63, 3000).astype(np.uint64)
    rows = Rows(voices, voices, voices, np.ones(3000, dtype=np.int64), phrasebook(), rng)
    assert _repeated(_asked(0.0)) < _repeated(Tasks((0, 1, 3, 4, 10)).text(rows).to_pylist())


def test_same_seed_same_words() -> None:
    assert _asked(0.5, 200) == _asked(0.5, 200)
    assert _asked(0.5, 200) != _asked(0.5, 200, seed=2)


def test_generator_belongs_to_wording() -> None:
    assert wording_generator(1).random() != seeds.generator("world", 1).random()


def test_no_tasks_no_requests() -> None:
    assert requests([], Manner(0.5), wording_generator(1)) == []
