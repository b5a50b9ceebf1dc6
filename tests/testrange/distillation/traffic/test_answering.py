"""Completions as English and back, without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testrange.distillation.alphabet import ALPHABET
from testrange.distillation.tasks import draw_tasks, without_thoughts
from testrange.distillation.traffic.answering import read_back, spelled


def test_a_chain_in_words() -> None:
    assert spelled("A7-2:5C5*3:5=5.") == "So, 7 - 2 gives 5.\nThus, 5 * 3 gives 5.\nThe answer is 5."


def test_an_equation_in_words() -> None:
    assert spelled("B3x:5Hx:5=5.") == "Then, 3x is 5.\nWith that, x is 5.\nThe answer is 5."


def test_a_program_in_words() -> None:
    assert spelled("Dl1423=l.") == "Hence, rotate left leaves 1, 4, 2, 3.\nThe answer is l."


def test_an_errand_in_words() -> None:
    assert spelled("<b>7E07=b1.") == "I open box b: it holds 7.\nNext, we have 07.\nThe answer is b1."


def test_a_refusal_in_words() -> None:
    assert spelled("#.") == "I will not do this."


def test_withheld_reasoning_leaves_calls_and_answer() -> None:
    assert spelled(without_thoughts("<b>7E07=b1.")) == "I open box b: it holds 7.\nThe answer is b1."


def test_completions_of_tasks_are_sentences_and_come_back() -> None:
    for task in draw_tasks(3, 600, marked=0.1):
        text = spelled(task.completion)
        assert "`" not in text
        assert read_back(text) == task.completion


@given(st.text(ALPHABET))
def test_whatever_a_model_writes_comes_back(completion: str) -> None:
    assert read_back(spelled(completion)) == completion


@given(st.text(ALPHABET), st.text(ALPHABET))
def test_different_completions_differ(one: str, other: str) -> None:
    assert (spelled(one) == spelled(other)) == (one == other)


@pytest.mark.parametrize("text", ["We have 5.", "So, we have five.", "`", "The answer is 5"])
def test_other_text_is_no_completion(text: str) -> None:
    with pytest.raises(ValueError, match="not a line"):
        read_back(text)


@pytest.mark.parametrize("completion", ["A5\n=5.", "A`=5."])
def test_what_no_model_can_write_is_refused(completion: str) -> None:
    with pytest.raises(ValueError, match="line breaks"):
        spelled(completion)
