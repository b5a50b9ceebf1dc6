"""Templates: fixed wording with alternatives and slots, as campaigns, prompt libraries and viral prompts use it.

`[one|other]` is an alternative, `{ask:coding}` a sentence of a role and topic, `{paste:coding*4}` about four of them,
`{set:GSM8K}` a question of a public set. `{message}` is what the user would have written without the template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import seeds
from testrange.language.phrasebook import DOMAINS
from testrange.scripts.benchmark import questions_of
from testrange.scripts.conversation import Conversation
from testrange.scripts.rows import Rows, Script, Texts, sentences

_PART = re.compile(r"(\[[^\]|]*(?:\|[^\]|]*)+\]|\{[a-z]+(?::\w+)?(?:\*\d+)?\})")
_SLOT = re.compile(r"\{([a-z]+)(?::(\w+))?(?:\*(\d+))?\}")


@dataclass(frozen=True)
class Templates:
    """A set of templates.

    `variety` is the share of requests whose alternatives are drawn at random (otherwise the first is used);
    `per_account` limits how many of the templates one account uses, 0 for all; `as_system` puts the wording into the
    system prompt and leaves the message alone; `follow` lets later turns be ordinary follow-ups.
    """

    texts: tuple[str, ...]
    variety: float = 0.0
    per_account: int = 0
    as_system: bool = False
    follow: bool = False
    base: Script = field(default_factory=Conversation)

    def write(self, rows: Rows) -> Texts:
        plain = self.base.write(rows)
        chosen = self._chosen(rows)
        if self.follow:
            chosen = np.where(rows.turn > 1, -1, chosen)
        order, pieces = [np.flatnonzero(chosen == -1)], [plain.message.take(pa.array(np.flatnonzero(chosen == -1)))]
        for number, text in enumerate(self.texts):
            picked = np.flatnonzero(chosen == number)
            order.append(picked)
            pieces.append(self._render(text, rows.take(picked), plain.message.take(pa.array(picked))))
        back = np.argsort(np.concatenate(order))
        wording = pa.concat_arrays(pieces).take(pa.array(back))
        if self.as_system:
            return Texts(wording, plain.message)
        return Texts(plain.system, wording)

    def _chosen(self, rows: Rows) -> seeds.Indices:
        chance = seeds.unit(seeds.mix(rows.session, rows.turn, 51))
        if not self.per_account:
            return (chance * len(self.texts)).astype(np.int64)
        own = (chance * self.per_account).astype(np.int64)
        return (seeds.unit(seeds.mix(rows.account, own, 52)) * len(self.texts)).astype(np.int64)

    def _render(self, text: str, rows: Rows, message: pa.StringArray) -> pa.StringArray:
        if not len(rows):
            return pa.array([], pa.string())
        varied = rows.rng.random(len(rows)) < self.variety
        parts = [self._part(part, rows, message, varied) for part in _PART.split(text) if part]
        if len(parts) == 1 and isinstance(parts[0], pa.Scalar):
            return pa.repeat(parts[0], len(rows))
        return pc.binary_join_element_wise(*parts, "")

    def _part(
        self, part: str, rows: Rows, message: pa.StringArray, varied: seeds.Flags
    ) -> pa.StringArray | pa.StringScalar:
        if part.startswith("[") and _PART.fullmatch(part):
            choices = pa.array(part[1:-1].split("|"))
            return choices.take(pa.array(rows.rng.integers(0, len(choices), len(rows)) * varied))
        slot = _SLOT.fullmatch(part)
        if not slot:
            return pa.scalar(part, pa.string())
        return message if slot[1] == "message" else _slot(slot, rows)


def _slot(slot: re.Match[str], rows: Rows) -> pa.StringArray:
    role, domain, times = slot.groups()
    if role == "set":
        questions = questions_of(domain)
        return questions.take(pa.array(rows.rng.integers(0, len(questions), len(rows))))
    mean = int(times or 1)
    counts = np.full(len(rows), 1) if mean == 1 else 1 + rows.rng.poisson(mean - 1, len(rows))
    nobody = Rows(rows.account, seeds.mix(rows.session, rows.turn, 53), rows.session, rows.turn, rows.book, rows.rng)
    return sentences(nobody, np.full(len(rows), DOMAINS.index(domain or "coding")), {role: counts})
