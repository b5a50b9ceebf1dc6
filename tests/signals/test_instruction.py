"""The learned table: what it may hold, that the compiled pass reads it as plain Python does, and where it is silent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller
from stillwatch.signals.instruction import BIAS, MOST, SHAPES, Table, read_table, scored, table

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("STILLWATCH_DATA", ""))
WHEEL = Path(os.environ.get("STILLWATCH_CHITCHAT", DATA / "chitchat_dataset-0.9.0-py3-none-any.whl"))
SIGNALLER = Signaller(Key(bytes(32)))
ITEMS = (
    "Given a string, identify the number of vowels in the given string and return a list of them.",
    "Describe the main causes of inflation. Use the following example to identify which of them are the most common.",
    "Find how many apples are left if there are 12 apples and each of the 4 children takes 2 of them.",
)
TALK = (
    "ok thanks but it still does not work please fix it",
    "I have this problem with my code, how do I make it work? please help",
    "no, do it again but with both of them",
)


def _scores(texts: list[str], **columns: object) -> list[int]:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"exchange_id": str(n), "time": when, "account_id": "a", "model": "m", "input_text": text, **columns}
        for n, text in enumerate(texts)
    ]
    found: list[int] = SIGNALLER.signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow))["instruction"].to_pylist()
    return found


def _plain(text: str) -> int:
    """The rule in plain words, for ASCII text: each term once, length, bias; clipped to 0 and MOST."""
    words = [re.sub("[0-9]+", "0", w) for w in re.findall("[a-z0-9]+", text.lower())]
    spans = {" ".join(words[k : k + n]) for n in range(1, 5) for k in range(len(words) - n + 1)}
    total = sum(table().terms.get(span, 0) for span in spans) + table().bias
    shape = max((k for k, least in enumerate(SHAPES) if len(words) >= least), default=0)
    return min(max(total + table().shapes[shape], 0), MOST) if words else 0


COMMON = sorted({word for term in table().terms for word in term.split()})


@given(st.lists(st.sampled_from([*COMMON, "zebra", "12", "Tuesday!"]), max_size=300))
@settings(max_examples=100, deadline=None)
def test_the_compiled_pass_reads_the_table_as_plain_python_does(words: list[str]) -> None:
    text = " ".join(words)
    assert _scores([text]) == [_plain(text)]


def test_items_read_more_like_items_than_talk_does() -> None:
    assert min(_scores(list(ITEMS))) > max(_scores(list(TALK)))


def test_terms_are_plain_words_and_a_person_can_read_them_all() -> None:
    terms = table().terms
    assert 300 <= len(terms) <= 2000
    assert all(re.fullmatch("[a-z]+( [a-z]+){0,3}", term) for term in terms)
    assert not {"english", "french", "chinese", "russian", "iran", "china", "usa", "toolformer", "gsm", "alpaca"} & set(
        COMMON
    )


@pytest.mark.parametrize(
    "text",
    [
        "给我写一首关于春天的诗然后解释它的意思",
        "Напиши мне письмо начальнику, что завтра меня не будет",
        "چطور می توانم این برنامه را روی گوشی نصب کنم",
        "🙂🙂🙂",
    ],
)
def test_other_scripts_get_what_their_length_says(text: str) -> None:
    """Less than undecided, whatever the language: nobody is an item for not writing English."""
    assert _scores([text])[0] < MOST // 2


def test_without_text_there_is_no_score() -> None:
    assert _scores(["", "..."]) == [0, 0]


def test_the_system_prompt_does_not_count() -> None:
    assert _scores(["hm"], system_text=ITEMS[0]) == _scores(["hm"])


def test_scores_are_clipped() -> None:
    strong = Table({}, (0,) * len(SHAPES), 0)
    sums, words = np.array([-5, 400, 9999], np.int32), np.array([3, 3, 3], np.int32)
    assert scored(sums, words, strong).tolist() == [0, 400, MOST]


def test_a_table_is_read_with_its_length_classes() -> None:
    lines = ["## a remark", f"{BIAS}\t300", *(f"#words {least}\t{least}" for least in SHAPES), "find the\t-4"]
    assert read_table("\n".join(lines)) == Table({"find the": -4}, SHAPES, 300)


@pytest.mark.skipif(
    not (WHEEL.is_file() and (DATA / "real").is_dir()),
    reason="what the table was learned from is not at hand (set STILLWATCH_DATA and STILLWATCH_CHITCHAT)",
)
def test_the_table_is_what_the_script_writes(tmp_path: Path) -> None:
    script, out = ROOT / "scripts" / "train_instruction.py", tmp_path / "made.tsv"
    subprocess.run([sys.executable, script, "--data", DATA, "--chitchat", WHEEL, "--out", out], check=True)
    assert out.read_bytes() == (ROOT / "src" / "stillwatch" / "signals" / "instruction.tsv").read_bytes()
