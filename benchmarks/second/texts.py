"""What is written: edited real prompts, applications around them, sentences in other languages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.second import wording
from benchmarks.second.data import Item
from benchmarks.second.wording import reworded
from benchmarks.second.world import World

_ORDERS = [
    "Summarize:\n",
    "Rewrite this: ",
    "what is wrong here\n",
    "Translate to English: ",
    "Extract the key facts.\n",
]
_HEADINGS = [
    "Message:\n",
    "Context:\n",
    "Input: ",
    "Text: ",
    "Document {n}\n",
    "Ticket #{n}\n",
    "Customer {n} writes:\n",
    "Question: ",
]
_THINKING = [
    "Think step by step inside <thinking> tags before you answer.",
    "Explain your reasoning, then give the result as JSON.",
]
_MOST_OUTPUT = [None, None, None, 256, 512, 1024, 2048, 4096, 4096, 8192]


@dataclass
class Application:
    """A program's prompt. `system` is None where the instruction stands in the message."""

    system: str | None
    heading: str
    instruction: str
    content: str
    output: list[float]
    temperature: float | None
    most_output: int | None


def foreign(world: World) -> str:
    """A short question in another language."""
    chance = world.chance
    language = chance.choice(list(wording.LANGUAGES))
    said = chance.choice(wording.LANGUAGES[language]).format(t=chance.choice(wording.TOPICS), n=chance.randint(2, 12))
    return said + chance.choice(["", ".", "!", f" {chance.randint(1, 99)}", "…"])


def passage(world: World, least: int = 200, most: int = 1400) -> str:
    """A piece of a real answer, in characters."""
    text = world.chance.choice(world.data.prompts.passages)
    size = world.chance.randint(least, most)
    start = world.chance.randrange(max(1, len(text) - size))
    return text[start : start + size]


def own_words(world: World) -> str:
    """One short piece of someone's own words."""
    chance, every = world.chance, world.data.prompts.conversations
    turns = every[chance.randrange(len(every))]
    text = chance.choice(turns).text
    text = text if len(text) < 500 else text[: chance.randint(120, 500)]
    return reworded(chance, text) if len(text) > 30 and chance.random() < 0.75 else text


def single(world: World) -> Item:
    """A request that stands alone."""
    chance, prompts, x = world.chance, world.data.prompts, world.chance.random()
    if x < 0.3:
        text, answer = chance.choice(prompts.singles)
        return (text, answer) if chance.random() < 0.25 else (reworded(chance, text), None)
    if x < 0.45:
        return reworded(chance, chance.choice(prompts.hobby)[0]), None
    if x < 0.55:
        return foreign(world), None
    if x < 0.75:
        return chance.choice([*_ORDERS, "", "tl;dr "]) + passage(world, 150, 1000), None
    turns = prompts.conversations[chance.randrange(len(prompts.conversations))]
    return reworded(chance, chance.choice(turns).text), None


def application(world: World, reasons: bool = False) -> Application:
    """A program that calls the model; `reasons` if it asks for reasoning."""
    chance, company = world.chance, world.company()
    said = [chance.choice(wording.APPLICATION_ROLES).format(co=company)]
    said += chance.sample(wording.APPLICATION_RULES, chance.randint(2, 6))
    if reasons:
        said.append(chance.choice(_THINKING))
    return Application(
        system=" ".join(said) if chance.random() < 0.8 else None,
        heading="" if chance.random() < 0.5 else chance.choice(_HEADINGS),
        instruction=" ".join(said),
        content=chance.choice(["passage", "words", "words", "record", "retrieved", "single"]),
        output=chance.choice(world.data.traffic.application_output),
        temperature=chance.choice([None, None, 0, 0, 0.2, 0.3, 0.7, 1]),
        most_output=chance.choice(_MOST_OUTPUT),
    )


def application_input(world: World, app: Application) -> str:
    """One message of a program."""
    chance = world.chance
    if app.content == "passage":
        text = passage(world, 100, 1500)
    elif app.content == "words":
        text = own_words(world)
    elif app.content == "single":
        text = single(world)[0]
    elif app.content == "retrieved":
        found = passage(world, 300, 900) + "\n---\n" + passage(world, 200, 700)
        text = found + "\n\nQuestion: " + own_words(world)[:200]
    else:
        text = _record(world)
    text = app.heading.format(n=chance.randint(100, 99999)) + text
    return text if app.system else app.instruction + "\n\n" + text


def _record(world: World) -> str:
    chance = world.chance
    return json.dumps(
        {
            "id": chance.getrandbits(30),
            "amount": round(chance.random() * 900, 2),
            "note": own_words(world)[:160],
            "ts": chance.randint(10**9, 2 * 10**9),
            "cat": chance.choice(wording.TOPICS),
        }
    )
