"""The range with local weights of your own: Hugging Face causal models as students and teachers.

Weights, tokenizer and configuration are read from a folder; nothing is fetched, no code of a model is run, and weights
other than safetensors are refused. Needs `transformers` (written for version 5), which the range itself does not.

A text is cut into pieces where the writer changes: the question, what the model writes up to a call, the reply, and so
on. Each piece is tokenized by itself, in training and in asking, so a model meets in asking what it has learned from.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

from testrange.distillation.curve import HARVEST, Cell, Plan
from testrange.distillation.examination import marks
from testrange.distillation.held_out import harvest_tasks, paper
from testrange.distillation.network import WINDOW
from testrange.distillation.records import Record, Records, outcome
from testrange.distillation.release import OPEN, TEMPERATURE, WITHHELD
from testrange.distillation.school import Told
from testrange.distillation.tasks import Task, draw_tasks
from testrange.distillation.tasks.errands import BOXES
from testrange.distillation.tasks.task import CALL, END, REPLY
from testrange.distillation.teacher import SHIPPED, ModelError, load
from testrange.distillation.training import Budget, Progress, device

AT_ONCE = 256
"""Questions asked together: judgement, for models of up to some billion weights."""
TOKENS = 2 * WINDOW
"""Most tokens of a question and its completion: one or less for a character, and a few at the start."""
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
LOCAL = Plan(sizes=(300, 1_000, 3_000, 10_000), budget=Budget(steps=2_000, batch=32, passes=20.0, rate=1e-4), tasks=100)
"""A curve of local weights. The rate is judgement, for AdamW on models of up to some billion weights: the range's own
networks learn at thirty times that, which ruins a model that was trained before."""
LARGEST_STEP = 1.0
"""Length at which gradients are clipped: the usual value in fine-tuning."""

_REPLIES = re.compile(f"({REPLY}.?)", re.DOTALL)
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError)

Writer = Callable[[Sequence[Task], int], list[str]]
"""Tasks and a seed to what a teacher's customer is shown."""
Lesson = tuple[list[int], list[bool]]
"""Tokens of a question with its completion, and which of them the model was to write."""


@dataclass(frozen=True)
class CausalModel:
    """A causal model of `transformers` with its tokenizer. `start`: the token before every text, if it wants one."""

    model: Any
    tokenizer: Any
    start: tuple[int, ...]

    def completions(self, tasks: Sequence[Task], temperature: float = 0.0, seed: int = 0) -> list[str]:
        """Completions in the order of the tasks. Temperature 0 takes the most probable token; draws follow the seed.

        A completion ends with `.`, with the tokenizer's own end, or where question and completion have WINDOW
        characters. Calls of errands are answered by the environment.
        """
        rows = [_Row(task, [*self.start, *self._encoded(task.prompt)]) for task in tasks]
        with torch.no_grad(), _seeded(seed):
            for begin in range(0, len(rows), AT_ONCE):
                self._complete(rows[begin : begin + AT_ONCE], temperature)
        return [row.text for row in rows]

    def taught(
        self,
        prompts: Sequence[str],
        completions: Sequence[str],
        budget: Budget,
        seed: int,
        progress: Progress | None = None,
    ) -> CausalModel:
        """The same model, trained further in place: all weights, AdamW, loss on what it is to write in the completions.

        Replies of an environment carry no loss. Raises ModelError if no completion has anything to learn.
        """
        lessons = self._lessons(prompts, completions)
        steps = budget.steps_for(len(lessons))
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=budget.rate)
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warmth(step, steps))
        self.model.train()
        with _seeded(seed):  # of dropout
            for step, batch in enumerate(_batches(len(lessons), budget.batch, steps, seed)):
                optimizer.zero_grad(set_to_none=True)
                torch.autograd.backward(self._losses([lessons[k] for k in batch]).mean())
                clip_grad_norm_(self.model.parameters(), LARGEST_STEP)
                optimizer.step()
                rates.step()
                if progress is not None and (step % 50 == 49 or step == steps - 1):
                    progress(step + 1, steps)
        self.model.eval()
        return self

    @torch.no_grad()
    def loss(self, prompts: Sequence[str], completions: Sequence[str]) -> float:
        """Mean loss in nats a token over what a model writes in the completions."""
        lessons = self._lessons(prompts, completions)
        found = [self._losses(lessons[begin : begin + AT_ONCE]) for begin in range(0, len(lessons), AT_ONCE)]
        return float(torch.cat(found).mean())

    def save(self, folder: Path) -> None:
        """Writes weights (safetensors) and tokenizer into a folder that `load_causal` reads."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, those without one (begin, end, padding) left out."""
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _complete(self, rows: Sequence[_Row], temperature: float) -> None:
        """Writes until every row is done. Rows that called go on together, each with the reply."""
        while rows := [row for row in rows if not row.done]:
            self._write(rows, temperature)
            for row in rows:
                if row.reply:
                    row.tokens += self._continued(row.written) + self._continued(row.reply)
                row.hear()

    def _write(self, rows: Sequence[_Row], temperature: float) -> None:
        """Each row's model writes up to its next call, or to the end."""
        longest = max(len(row.tokens) for row in rows)
        tokens, mask = self._block([row.tokens for row in rows], longest, left=True)
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        self.model.generate(
            input_ids=tokens,
            attention_mask=mask,
            max_new_tokens=max(1, TOKENS - longest),
            pad_token_id=self._padding,
            stopping_criteria=_library().StoppingCriteriaList([_Watch(self, rows, longest)]),
            **(drawn if temperature > 0 else {"do_sample": False}),
        )

    def _losses(self, lessons: Sequence[Lesson]) -> Tensor:
        """Loss of each token that the model was to write, one after the other (tokens,), in nats."""
        longest = max(len(tokens) for tokens, _ in lessons)
        tokens, mask = self._block([tokens for tokens, _ in lessons], longest)
        written = torch.tensor([row + [False] * (longest - len(row)) for _, row in lessons], device=tokens.device)
        logits = self.model(input_ids=tokens, attention_mask=mask).logits[:, :-1]
        counted = written[:, 1:]
        return functional.cross_entropy(logits[counted].float(), tokens[:, 1:][counted], reduction="none")

    def _lessons(self, prompts: Sequence[str], completions: Sequence[str]) -> list[Lesson]:
        """What can be learned from: completions in which a model wrote something."""
        found = [self._lesson(p, c) for p, c in zip(prompts, completions, strict=True)]
        found = [lesson for lesson in found if any(lesson[1])]
        if not found:
            raise ModelError("no completion to learn from: the teacher showed nothing that it had written itself")
        return found

    def _lesson(self, prompt: str, completion: str) -> Lesson:
        tokens = [*self.start, *self._encoded(prompt)]
        written = [False] * len(tokens)
        for piece in _REPLIES.split(completion):
            more = self._continued(piece)
            tokens += more
            written += [not piece.startswith(REPLY)] * len(more)
        return tokens[:TOKENS], written[:TOKENS]

    def _block(self, rows: Sequence[list[int]], longest: int, *, left: bool = False) -> tuple[Tensor, Tensor]:
        """Rows of tokens filled up to one length, and which of them are not filling; each (rows, longest)."""
        filled = [[self._padding] * (longest - len(row)) for row in rows]
        real = [[1] * len(row) for row in rows]
        blank = [[0] * len(fill) for fill in filled]
        pairs = [(filled, rows), (blank, real)] if left else [(rows, filled), (real, blank)]
        tokens, mask = ([[*a, *b] for a, b in zip(*pair, strict=True)] for pair in pairs)
        return torch.tensor(tokens, device=self.model.device), torch.tensor(mask, device=self.model.device)

    @property
    def _padding(self) -> int:
        """Any token will do: it is masked."""
        return next((int(n) for n in (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id) if n is not None), 0)

    def _encoded(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _continued(self, text: str) -> list[int]:
        """Tokens of a text in the middle of another: after a line feed no tokenizer puts a space before it."""
        before, both = self._encoded("\n"), self._encoded("\n" + text)
        return both[len(before) :] if both[: len(before)] == before else self._encoded(text)


def load_causal(path: Path) -> CausalModel:
    """The model and tokenizer in a local folder, in single precision, on the accelerator where there is one.

    Raises ModelError if `transformers` is missing, or if the folder has no causal model in safetensors, or one that
    cannot read and write the tasks.
    """
    library = _library()
    if not (path / "config.json").is_file() or (path / "adapter_config.json").exists():
        raise ModelError(
            f"{path}: no folder of a Hugging Face model (config.json, *.safetensors, a tokenizer; no adapter)"
        )
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(str(path.resolve()), **local)
        model, found = library.AutoModelForCausalLM.from_pretrained(
            str(path.resolve()), use_safetensors=True, dtype=torch.float32, output_loading_info=True, **local
        )
    except (*_UNREADABLE, import_module("safetensors").SafetensorError) as error:
        raise ModelError(
            f"{path}: no causal model with its tokenizer can be read ({type(error).__name__}); "
            "write one with save_pretrained(), weights in safetensors"
        ) from error
    if found["missing_keys"]:
        raise ModelError(f"{path}: {len(found['missing_keys'])} weights of the model are not in the files")
    model.generation_config = library.GenerationConfig()  # the range says how is written, not the folder
    for weights in model.parameters():
        weights.data = weights.data.clone()  # they were the mapped file, which may be written anew
    return _fit(CausalModel(model.to(device()).eval(), tokenizer, _start(tokenizer)), path)


def run_local_curve(teacher: Path | None, student: Path, records: Records, plan: Plan, told: Told) -> None:
    """The exposure curve with a student of local weights, and a teacher of local weights or the one shipped.

    Tasks, checkers and records are those of `run_curve`; every student begins with the weights in its folder. `shape`
    in the records, with which all names begin, is `local-` and the name of the student's folder, then `-of-` and that
    of the teacher's if one is given. The plan's own shape is not used.
    """
    shape = f"local-{student.resolve().name}" + (f"-of-{teacher.resolve().name}" if teacher else "")
    held_out = paper(plan.tasks)
    if not records.has(f"{shape}-floor"):
        records.add([{"name": f"{shape}-floor", **_examined(load_causal(student), held_out)}])
    cells = [cell for cell in _cells(shape, plan) if not records.has(cell.name)]
    harvests = _harvests(teacher, (records, f"{shape}-teacher"), held_out, cells, told)
    for number, cell in enumerate(cells, 1):
        told(f"student {number} of {len(cells)}")
        prompts, shown = (column[: cell.size] for column in harvests[cell.seed])
        lessons = shown if cell.reasoning else [WITHHELD.shown(text) for text in shown]
        made = load_causal(student).taught(prompts, lessons, plan.budget, cell.seed)
        records.add([{**_described(cell, plan), **_examined(made, held_out)}])


def _cells(shape: str, plan: Plan) -> list[Cell]:
    kinds = [(reasoning, size) for reasoning in plan.reasoning for size in plan.sizes]
    return [Cell(size, seed, reasoning, shape) for reasoning, size in kinds for seed in plan.seeds]


def _harvests(
    teacher: Path | None, end: tuple[Records, str], held_out: list[Task], cells: list[Cell], told: Told
) -> dict[int, tuple[list[str], list[str]]]:
    """Prompts and what came back, by seed; before them the teacher's own record, if it is not there yet."""
    records, name = end
    if not cells and records.has(name):
        return {}
    writer = _writer(teacher)
    if not records.has(name):
        records.add([{"name": name, **outcome(marks(held_out, [writer(held_out, 1)]), 0)}])
    found = {}
    for seed in sorted({cell.seed for cell in cells}):
        tasks = harvest_tasks(HARVEST + seed, max(cell.size for cell in cells if cell.seed == seed))
        told(f"harvest of {len(tasks):,} exchanges, seed {seed}")
        found[seed] = ([task.prompt for task in tasks], writer(tasks, seed))
    return found


def _writer(teacher: Path | None) -> Writer:
    """A teacher as its customers see it."""
    if teacher is None:
        shipped = load(SHIPPED)
        return lambda tasks, seed: OPEN.harvest(shipped, tasks, seed)
    model = load_causal(teacher)
    return lambda tasks, seed: model.completions(tasks, TEMPERATURE, seed)


def _examined(model: CausalModel, tasks: list[Task]) -> Record:
    return outcome(marks(tasks, [model.completions(tasks)]), 0)


def _described(cell: Cell, plan: Plan) -> Record:
    return {"name": cell.name, **asdict(cell), "steps": plan.budget.steps_for(cell.size)}


class _Row:
    """One task at work: its `tokens`, the completion's `text` so far, what is `written` since, the `reply` to that."""

    def __init__(self, task: Task, tokens: list[int]) -> None:
        self.task, self.tokens = task, tokens
        self.text = self.written = self.reply = ""
        self.done = False
        names = BOXES[: len(task.boxes)]
        self.stop = re.compile(re.escape(END) + (f"|{CALL}[{names}]" if names else ""))
        self.room = WINDOW - len(task.prompt)

    def read(self, written: str) -> bool:
        """Takes what the model has written since the last reply. True if the environment's turn came, or the end."""
        found = self.stop.search(written)
        self.written = written[: found.end() if found else None][: self.room - len(self.text)]
        if found and found.group() != END:
            self.reply = REPLY + self.task.boxes[BOXES.index(found.group()[1])]
        return bool(found) or len(self.text) + len(self.written) >= self.room

    def hear(self) -> None:
        """What was written, and the reply, become part of the text. Without a reply, or without room, it is done."""
        self.text = (self.text + self.written + self.reply)[: self.room]
        self.done = not self.reply or len(self.text) == self.room
        self.written = self.reply = ""


class _Watch:
    """Stops each row at its next call or its end: what `generate` asks after each token."""

    def __init__(self, by: CausalModel, rows: Sequence[_Row], longest: int) -> None:
        self.by, self.rows, self.longest = by, rows, longest
        self.known = [len(by.text(row.tokens)) for row in rows]
        self.stopped = [False] * len(rows)

    def __call__(self, tokens: Tensor, *_: object, **__: object) -> Tensor:
        for k, whole in enumerate(tokens.tolist()):
            if not self.stopped[k]:
                row = self.rows[k]
                text = self.by.text(whole[self.longest - len(row.tokens) :])
                self.stopped[k] = row.read(text[self.known[k] :]) or whole[-1] == self.by.tokenizer.eos_token_id
        return torch.tensor(self.stopped, device=tokens.device)


def _library() -> Any:
    """`transformers`, kept from the network."""
    os.environ.update(OFFLINE)
    try:
        library = import_module("transformers")
    except ImportError as error:
        raise ModelError("Hugging Face models need the package transformers: pip install transformers") from error
    hub: Any = import_module("huggingface_hub.constants")
    hub.HF_HUB_OFFLINE = True  # if it was imported before
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    return library


def _start(tokenizer: Any) -> tuple[int, ...]:
    begin = tokenizer.bos_token_id
    return (begin,) if begin is not None and tokenizer.encode("1")[:1] == [begin] else ()


def _fit(made: CausalModel, path: Path) -> CausalModel:
    """The same model, if it can write and read the tasks."""
    tasks = draw_tasks(1, 60)
    lessons = [(t.prompt + t.completion, made._lesson(t.prompt, t.completion)[0]) for t in tasks]
    if any(made.text(tokens) != text for text, tokens in lessons):
        raise ModelError(f"{path}: the tokenizer does not keep the characters of the tasks as they are")
    if max(max(tokens) for _, tokens in lessons) >= made.model.get_input_embeddings().weight.shape[0]:
        raise ModelError(f"{path}: the tokenizer has tokens that the model does not know")
    if getattr(made.model.config.get_text_config(), "max_position_embeddings", TOKENS) < TOKENS:
        raise ModelError(f"{path}: the model reads fewer than {TOKENS} tokens")
    if not _causal(made, lessons[0][1]):
        raise ModelError(f"{path}: the model looks at later tokens; a causal one is needed")
    return made


@torch.no_grad()
def _causal(made: CausalModel, tokens: list[int]) -> bool:
    """Another last token changes what the model says there, and before it nothing beyond rounding."""
    rows = (tokens, [*tokens[:-1], tokens[0]])
    first, second = (made.model(input_ids=made._block([row], len(row))[0]).logits[0] for row in rows)
    changes = (first - second).abs().amax(dim=1)
    return bool(changes[:-1].max() <= 1e-4 * changes[-1])


def _warmth(step: int, steps: int) -> float:
    """Share of the peak rate at a step of so many: a warm-up, then a cosine."""
    warm = max(1, min(10, steps // 5))
    return min(1.0, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _batches(count: int, size: int, steps: int, seed: int) -> Iterator[list[int]]:
    """`steps` batches: every example once, in a new order, before any comes again."""
    rng = np.random.default_rng([seed, 1])
    order: list[int] = []
    for _ in range(steps):
        while len(order) < size:
            order += rng.permutation(count).tolist()
        yield order[:size]
        order = order[size:]


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """PyTorch's own draws follow the seed inside, and are outside what they would have been."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
