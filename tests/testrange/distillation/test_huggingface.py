"""The range with local weights: a tiny random GPT-2 and Llama with tokenizers of their own, written by the test."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

from stillwatch.provenance.answers import read_answers  # noqa: E402
from testrange.distillation import huggingface  # noqa: E402
from testrange.distillation.alphabet import ALPHABET  # noqa: E402
from testrange.distillation.curve import Plan  # noqa: E402
from testrange.distillation.held_out import evenly_drawn  # noqa: E402
from testrange.distillation.huggingface import CausalModel, load_causal, run_local_curve  # noqa: E402
from testrange.distillation.network import WINDOW  # noqa: E402
from testrange.distillation.program import app  # noqa: E402
from testrange.distillation.records import Records  # noqa: E402
from testrange.distillation.tasks import Task, answer_of, draw_tasks, errands  # noqa: E402
from testrange.distillation.tasks.errands import held  # noqa: E402
from testrange.distillation.teacher import ModelError  # noqa: E402
from testrange.distillation.training import Budget  # noqa: E402
from testrange.distillation.zoo import ASKED  # noqa: E402

LEARNING = Budget(steps=160, batch=6, passes=1_000.0, rate=3e-3)


def write_characters(folder: Path, **special: str) -> None:
    """A tokenizer of one token a character."""
    names = ["<end>", "<begin>", *ALPHABET]
    made = tokenizers.Tokenizer(tokenizers.models.BPE({name: n for n, name in enumerate(names)}, []))
    made.decoder = tokenizers.decoders.Fuse()
    transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>", **special).save_pretrained(folder)


def write_pairs(folder: Path) -> int:
    """A byte-level tokenizer with merges, learned from the tasks; how many tokens it has."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    texts = [task.prompt + task.completion for task in draw_tasks(3, 300)]
    first = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(texts, tokenizers.trainers.BpeTrainer(vocab_size=400, initial_alphabet=first))
    transformers.PreTrainedTokenizerFast(tokenizer_object=made).save_pretrained(folder)
    return int(made.get_vocab_size())


def write_spaced(folder: Path) -> None:
    """A tokenizer of one token a character that puts a space before every text, as those of the first Llamas do."""
    names = ["<end>", "\u2581", *(f"<0x{n:02X}>" for n in range(256)), *ALPHABET]
    made = tokenizers.Tokenizer(
        tokenizers.models.BPE({name: n for n, name in enumerate(names)}, [], byte_fallback=True)
    )
    made.normalizer = tokenizers.normalizers.Prepend("\u2581")
    parts = (tokenizers.decoders.Replace("\u2581", " "), tokenizers.decoders.ByteFallback(), tokenizers.decoders.Fuse())
    made.decoder = tokenizers.decoders.Sequence([*parts, tokenizers.decoders.Strip(" ", 1, 0)])
    transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>").save_pretrained(folder)


def write_gpt2(folder: Path, vocabulary: int, positions: int = 128) -> None:
    torch.manual_seed(1)
    shape = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": positions}
    config = transformers.GPT2Config(vocab_size=vocabulary, bos_token_id=None, eos_token_id=0, **shape)
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)


def write_llama(folder: Path, vocabulary: int) -> None:
    torch.manual_seed(2)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.LlamaConfig(vocab_size=vocabulary, max_position_embeddings=128, **shape)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "gpt2"
    write_characters(folder)
    write_gpt2(folder, len(ALPHABET) + 2)
    return folder


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "llama"
    write_llama(folder, write_pairs(folder))
    return folder


@pytest.fixture
def copied(gpt2: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gpt2, tmp_path / "copy"))


def errand_tasks(count: int) -> list[Task]:
    return [task for task in draw_tasks(11, 3 * count) if task.capability == errands.CAPABILITY]


def learn(model: CausalModel, tasks: list[Task], budget: Budget = LEARNING) -> CausalModel:
    return model.taught([task.prompt for task in tasks], [task.completion for task in tasks], budget, 1)


def test_as_many_completions_as_tasks_the_same_every_time_and_no_longer_than_the_window(gpt2: Path) -> None:
    model, tasks = load_causal(gpt2), draw_tasks(5, 7)
    written = model.completions(tasks)
    assert len(written) == 7
    assert written == load_causal(gpt2).completions(tasks)
    assert all(0 < len(task.prompt + text) <= WINDOW for task, text in zip(tasks, written, strict=True))


def test_draws_follow_the_seed_and_leave_other_draws_alone(gpt2: Path) -> None:
    model, tasks = load_causal(gpt2), draw_tasks(5, 4)
    torch.manual_seed(9)
    undisturbed = torch.rand(1)
    torch.manual_seed(9)
    first = model.completions(tasks, 1.0, seed=1)
    assert torch.equal(torch.rand(1), undisturbed)
    assert first == model.completions(tasks, 1.0, seed=1)
    assert first != model.completions(tasks, 1.0, seed=2)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_it_learns_a_handful_of_errands_and_hears_the_replies(kind: str, request: pytest.FixtureRequest) -> None:
    tasks = errand_tasks(6)
    prompts, right = [task.prompt for task in tasks], [task.completion for task in tasks]
    model = load_causal(request.getfixturevalue(kind))
    before = model.loss(prompts, right)
    learn(model, tasks)
    assert model.loss(prompts, right) < 0.1 * before
    assert model.completions(tasks) == right

    others = [replace(task, boxes=task.boxes[::-1]) for task in tasks]
    for task, text in zip(others, model.completions(others), strict=True):
        called = text.index("<")
        assert text[called + 2 : called + 4] == f">{held(task.boxes, text[called + 1])}"


def test_a_reply_is_inserted_even_where_one_token_is_a_call_and_more(llama: Path) -> None:
    task = errand_tasks(1)[0]
    model = load_causal(llama)
    row = huggingface._Row(task, [])
    assert row.read("<a>9A09<b")
    row.hear()
    assert row.text == f"<a>{held(task.boxes, 'a')}"
    assert not row.done
    assert any(len(model.text([n])) > 2 for n in range(len(model.tokenizer)))


def test_replies_and_questions_carry_no_loss(gpt2: Path) -> None:
    model = load_causal(gpt2)
    tokens, written = model._lesson("w09abcdef?", "<b>7A07=b2.")
    assert model.text([n for n, w in zip(tokens, written, strict=True) if w]) == "<bA07=b2."


def test_same_seed_same_weights(gpt2: Path) -> None:
    short = replace(LEARNING, steps=5)
    tasks = draw_tasks(5, 12)
    one, other = (learn(load_causal(gpt2), tasks, short).model.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_nothing_to_learn_from_is_an_error(gpt2: Path) -> None:
    with pytest.raises(ModelError, match="no completion"):
        load_causal(gpt2).taught(["m1+1?"], [""], LEARNING, 1)


def test_the_folder_does_not_say_how_is_written(copied: Path) -> None:
    expected = load_causal(copied).completions(draw_tasks(5, 3))
    (copied / "generation_config.json").write_text(json.dumps({"do_sample": True, "max_length": 3, "num_beams": 2}))
    assert load_causal(copied).completions(draw_tasks(5, 3)) == expected


def test_a_tokenizers_first_token_stands_first(gpt2: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gpt2, tmp_path / "begun"))
    write_characters(folder, bos_token="<begin>")
    content = json.loads((folder / "tokenizer.json").read_text())
    template = [{"SpecialToken": {"id": "<begin>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    content["post_processor"] = {
        "type": "TemplateProcessing",
        "single": template,
        "pair": template,
        "special_tokens": {"<begin>": {"id": "<begin>", "ids": [1], "tokens": ["<begin>"]}},
    }
    (folder / "tokenizer.json").write_text(json.dumps(content))
    model = load_causal(folder)
    assert model.start == (1,)
    assert model._lesson("m1+1?", "=2.")[0][0] == 1
    assert len(model.completions(draw_tasks(5, 2))) == 2


def test_a_tokenizer_that_puts_a_space_before_texts_puts_none_before_replies(copied: Path) -> None:
    write_spaced(copied)
    write_gpt2(copied, 258 + len(ALPHABET))
    model = load_causal(copied)
    tokens, _ = model._lesson("w09abcdef?", "<b>7A07=b2.")
    assert model.tokenizer.convert_ids_to_tokens(tokens) == ["\u2581", *"w09abcdef?<b>7A07=b2."]


def test_saved_weights_are_read_again(gpt2: Path, tmp_path: Path) -> None:
    model = learn(load_causal(gpt2), draw_tasks(5, 6), replace(LEARNING, steps=5))
    model.save(tmp_path / "saved")
    again = load_causal(tmp_path / "saved")
    written = model.completions(draw_tasks(5, 6))
    assert again.completions(draw_tasks(5, 6)) == written
    again.save(tmp_path / "saved")  # over the file that it was read from
    assert again.completions(draw_tasks(5, 6)) == written


def test_bad_folders_are_refused(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder of a Hugging Face model"):
        load_causal(Path("gpt2"))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="no causal model"):
        load_causal(tmp_path)
    tokenizer = (copied / "tokenizer.json").read_bytes()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (copied / name).rename(copied / f"no_{name}")
    with pytest.raises(ModelError):
        load_causal(copied)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (copied / f"no_{name}").rename(copied / name)
    assert (copied / "tokenizer.json").read_bytes() == tokenizer

    weights = copied / "model.safetensors"
    state = load_causal(copied).model.state_dict()
    weights.write_bytes(weights.read_bytes()[:1_000])
    with pytest.raises(ModelError, match="no causal model"):
        load_causal(copied)
    weights.unlink()
    torch.save(state, copied / "pytorch_model.bin")
    with pytest.raises(ModelError, match="no causal model"):
        load_causal(copied)


def test_models_that_cannot_do_the_tasks_are_refused(copied: Path) -> None:
    write_gpt2(copied, len(ALPHABET) + 2, positions=64)
    with pytest.raises(ModelError, match="reads fewer than"):
        load_causal(copied)
    write_gpt2(copied, 20)
    with pytest.raises(ModelError, match="does not know"):
        load_causal(copied)
    content = json.loads((copied / "tokenizer.json").read_text())
    content["normalizer"] = {"type": "Lowercase"}
    (copied / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match="does not keep the characters"):
        load_causal(copied)


def test_a_model_that_looks_ahead_is_refused(copied: Path) -> None:
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    transformers.BertLMHeadModel(transformers.BertConfig(vocab_size=60, **shape)).save_pretrained(copied)
    with pytest.raises(ModelError, match="looks at later tokens"):
        load_causal(copied)


def test_without_transformers_it_says_what_to_install(gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match="pip install transformers"):
        load_causal(gpt2)


def test_no_socket_is_opened(gpt2: Path, llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    for folder in (gpt2, llama):
        model = learn(load_causal(folder), draw_tasks(5, 6), replace(LEARNING, steps=2))
        assert len(model.completions(draw_tasks(5, 2), 1.0)) == 2


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_answers_of_a_folder_are_what_provenance_reads(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Of whatever is written: the Llama here has tokens of bytes, and draws them at random."""
    folder, out = request.getfixturevalue(kind), tmp_path / "answers.jsonl"
    call = ["answers", str(folder), "--out", str(out), "--prompts", "2", "--temperature", "1"]
    found = CliRunner().invoke(app, call)
    assert found.exit_code == 0, found.output
    asked = evenly_drawn(ASKED, 2)
    written = load_causal(folder).completions(asked, 1.0)
    read = read_answers(out, tokens=True).by_prompt
    assert list(read) == [task.prompt for task in asked]
    assert [given.answer for given in read.values()] == [(answer_of(t) or t or "-").strip() for t in written]
    assert [len(given.tokens) for given in read.values()] == [len(text) for text in written]
    assert kind == "gpt2" or any(not text.isascii() for text in written)


def test_a_curve_with_both_kinds_of_teacher(gpt2: Path, llama: Path, tmp_path: Path) -> None:
    plan = Plan(sizes=(6, 12), seeds=(1,), budget=Budget(steps=4, batch=4, least=2, rate=1e-3), tasks=2)
    records, told = Records(tmp_path, "curve"), list[str]()
    run_local_curve(None, gpt2, records, plan, told.append)
    run_local_curve(llama, gpt2, records, plan, told.append)
    ends = ["floor", "teacher", "6-reasoning-1", "12-reasoning-1", "6-answers-1", "12-answers-1"]
    shapes = ["local-gpt2", "local-gpt2-of-llama"]
    assert [row["name"] for row in records.rows] == [f"{shape}-{end}" for shape in shapes for end in ends]
    assert sum(records.rows[1]["competence"].values()) > 1.5  # the shipped teacher
    assert records.rows[2]["shape"] == "local-gpt2"
    assert "harvest of 12 exchanges, seed 1" in told

    many = len(told)
    run_local_curve(None, gpt2, records, plan, told.append)
    assert len(told) == many
