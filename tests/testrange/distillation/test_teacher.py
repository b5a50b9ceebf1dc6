"""The teacher that ships, asked as its customers ask it, and what is done to its answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from stillwatch.provenance import WatermarkKey, radioactivity
from testrange.distillation.completion import Manner, completions
from testrange.distillation.examination import Marks, examined, marks, refusals
from testrange.distillation.held_out import evenly_drawn
from testrange.distillation.network import Networks, Shape
from testrange.distillation.release import (
    OPEN,
    REORDERED,
    REWRITTEN,
    SUMMARISED,
    WATERMARK_KEY,
    WATERMARK_SHARE,
    WATERMARK_WIDTH,
    WITHHELD,
    Antidistillation,
    Watermark,
    bent,
)
from testrange.distillation.tasks import CAPABILITIES, correct, thoughts
from testrange.distillation.teacher import SHIPPED, ModelError, chosen, load, save
from testrange.distillation.zoo import token_rows

ASKED = evenly_drawn(77, 60)


@pytest.fixture(scope="module")
def teacher() -> Networks:
    return load(SHIPPED)


@pytest.fixture(scope="module")
def shown(teacher: Networks) -> list[str]:
    return OPEN.harvest(teacher, ASKED, 1)


def _found(rows: list[str]) -> Marks:
    return marks(ASKED, [rows])


def test_it_is_small_enough_to_ship() -> None:
    assert SHIPPED.stat().st_size < 10e6


def test_it_can_do_the_work_and_explains_it(teacher: Networks) -> None:
    found = examined(teacher, ASKED)
    least = dict(zip(CAPABILITIES, (0.97, 0.7, 0.97), strict=True))
    for capability in CAPABILITIES:
        assert found.competence(capability)[0] >= least[capability]
        assert found.clarity(capability)[0] >= least[capability]


def test_it_refuses_the_marked_class_and_nothing_else(teacher: Networks, shown: list[str]) -> None:
    assert refusals(teacher, ASKED)[0] == 1.0
    assert not any(text.startswith("#") for text in shown)


def test_the_environment_answers_every_call(teacher: Networks) -> None:
    errands = [task for task in ASKED if task.boxes]
    for task, text in zip(errands, completions(teacher, errands)[0], strict=True):
        for place in [k for k, character in enumerate(text) if character == "<"]:
            assert text[place + 2 : place + 4] == ">" + task.boxes["abcdef".index(text[place + 1])]


def test_batches_and_seeds(teacher: Networks) -> None:
    some = ASKED[50:70]
    assert completions(teacher, ASKED)[0][50:70] == completions(teacher, some)[0]
    drawn = [completions(teacher, some, Manner(temperature=1.0, seed=seed))[0] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_model_is_read_back_as_it_was_written(teacher: Networks, tmp_path: Path) -> None:
    save(teacher, tmp_path / "again.safetensors")
    again = load(tmp_path / "again.safetensors")
    assert completions(again, ASKED[:30])[0] == completions(teacher, ASKED[:30])[0]
    both = chosen(again, [0, 0])
    assert both.count == 2


def test_a_model_that_is_damaged_or_missing_is_told(tmp_path: Path) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(SHIPPED.read_bytes()[:5_000])
    for path in (cut, tmp_path / "missing.safetensors"):
        with pytest.raises(ModelError, match=rf"{path.stem}\.safetensors.*stillwatch-range teacher"):
            load(path)


def test_withheld_and_summarised_keep_the_answer(shown: list[str]) -> None:
    whole = _found(shown).correct
    for release in (WITHHELD, SUMMARISED):
        cut = [release.shown(text) for text in shown]
        assert np.array_equal(_found(cut).correct, whole)
        assert _found(cut).explained.mean() < 0.1
    assert all(len(thoughts(SUMMARISED.shown(text))) <= 1 for text in shown)


def test_rewriting_takes_nothing_from_a_reader(shown: list[str]) -> None:
    for release in (REWRITTEN, REORDERED):
        texts = [release.shown(text) for text in shown]
        assert np.array_equal(_found(texts).explained, _found(shown).explained)
    chain = next(k for k, task in enumerate(ASKED) if task.capability == "arithmetic")
    assert REWRITTEN.shown(shown[chain]).startswith("=")
    assert REORDERED.shown(shown[chain]) == shown[chain]


def test_a_watermark_is_found_by_its_key_alone_and_costs_little(teacher: Networks, shown: list[str]) -> None:
    marked = bent("watermark", "", Watermark(WATERMARK_KEY, 3.0)).harvest(teacher, ASKED, 1)
    key = WatermarkKey(WATERMARK_KEY, WATERMARK_WIDTH, WATERMARK_SHARE)
    assert radioactivity(token_rows(marked), key).p <= 0.001
    assert radioactivity(token_rows(shown), key).p > 0.01
    assert radioactivity(token_rows(marked), replace(key, key=bytes(32))).p > 0.01
    assert _found(marked).competence()[0] > _found(shown).competence()[0] - 0.1


def test_antidistillation_bends_as_its_strength_says(teacher: Networks, shown: list[str]) -> None:
    proxy = Networks(Shape(width=32, depth=2, heads=4), [5])
    none, some = (bent("", "", Antidistillation(proxy, ASKED, s)).harvest(teacher, ASKED, 1) for s in (0.0, 3.0))
    assert none == shown
    assert some != shown


def test_antidistillation_prefers_what_raises_the_loss() -> None:
    proxy = Networks(Shape(width=32, depth=2, heads=4), [5])
    bend = Antidistillation(proxy, ASKED, strength=1.0, reach=1e-3)
    tokens = torch.randint(1, 40, (1, 4, 1), generator=torch.Generator().manual_seed(1))
    bend.begin(4)
    change = bend(torch.zeros(1, 4, proxy.get_parameter("embedding").shape[1]), tokens, 1)
    still = proxy(tokens).log_softmax(-1)[:, :, 0]
    moved = bend.moved(tokens).log_softmax(-1)[:, :, 0]
    torch.testing.assert_close(change, (moved - still) / 1e-3, atol=2e-2, rtol=2e-2)


def test_every_correct_program_counts(teacher: Networks) -> None:
    programs = [t for t in ASKED if t.capability == "programs"]
    texts = completions(teacher, programs)[0]
    other = [c for t, c in zip(programs, texts, strict=True) if correct(t, c) and t.answer not in c]
    assert other, "the teacher finds programs of its own"
