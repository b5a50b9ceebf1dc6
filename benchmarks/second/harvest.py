"""What campaigns send: items of collections, templates around them, and which model they ask."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.second import wording
from benchmarks.second.accounts import Account
from benchmarks.second.augment import augmented
from benchmarks.second.behaviour import Sender, answer_or_passage
from benchmarks.second.data import Item
from benchmarks.second.pools import Facts
from benchmarks.second.world import HOUR, World

DOMAINS = {
    "rubric": ["code", "math", "inst", "pref"],
    "cot": ["math", "code", "inst"],
    "imagine": ["role", "inst", "code", "math", "pref"],
    "persona": ["inst", "code", "role", "pref"],
    "tool": ["tool", "tooltraj", "api"],
}
"""Where each style of templates takes its items."""
_TOKENS = {"rubric": 420, "cot": 850, "imagine": 700, "persona": 950, "tool": 900}
_LANGUAGES = [
    *[""] * 5,
    " Answer in Spanish.",
    " Answer in Arabic.",
    " Answer in Chinese.",
    " Answer in the language of the task.",
]
Taken = tuple[str, str, str | None]
"""Domain, prompt, answer."""


def take_items(world: World, domains: Sequence[str], count: int, augmented_share: float = 0) -> list[Taken]:
    """Items that no campaign had yet; when a domain is used up, augmented ones."""
    chance, taken = world.chance, []
    for _ in range(count):
        domain = chance.choice(domains)
        text, answer = world.next_item(domain) or _again(world, domain)
        if augmented_share and chance.random() < augmented_share:
            text, answer = augmented(chance, domain, text), None
        taken.append((domain, text, answer))
    return taken


def _again(world: World, domain: str) -> Item:
    text, _ = world.chance.choice(world.data.prompts.items[domain])
    return augmented(world.chance, domain, augmented(world.chance, domain, text)), None


def output_tokens(world: World, median: float = 650) -> int:
    return int(world.chance.lognormvariate(math.log(median), 0.6))


def with_reasoning(world: World, answer: str | None, tag: str) -> str | None:
    """An answer with the reasoning that was asked for."""
    if not (world.logs_output and answer):
        return None
    said = " ".join(world.chance.sample(wording.REASONING, world.chance.randint(4, 10)))
    return f"<{tag}>\n{said}\n</{tag}>\n{answer}"


def target_model(world: World, time: float, facts: Facts) -> str:
    """The model asked; hours after a release most requests go to the new one. What is kept is drawn anew each time."""
    chance = world.chance
    share = facts.setdefault("pivot", round(chance.uniform(0.45, 0.95), 2))
    lag = facts.setdefault("pivot_h", chance.choice([3, 8, 16, 24]))
    base = facts.setdefault("base", chance.choice(["big", "big", "big", "mid"]))
    if time > world.start + world.release + lag * HOUR and chance.random() < share:
        return world.models["new"]
    return world.models[base]


def template_sender(world: World, facts: Facts, count: int, style: str | None = None, templates: int = 0) -> Sender:
    """Sends items inside the templates of one style; `count` items are taken beforehand."""
    chance, name = world.chance, facts.get("campaign", "")
    style = style or chance.choice(list(DOMAINS))
    templates = templates or chance.randint(5, 40)
    made = wording.harvest_templates(chance.random(), style, templates)
    in_system = chance.random() < 0.4
    items = take_items(world, DOMAINS[style], count)
    weights = [chance.lognormvariate(0, 0.8) for _ in made]
    language = chance.choice(_LANGUAGES)
    facts.update(style=style, templates=len(made), in_system=in_system)
    temperature, most_output = chance.choice([None, 0.3, 0.7, 1]), chance.choice([None, 2048, 4096, 8192])

    def send(account: Account, time: float) -> None:
        head, body = chance.choices(made, weights)[0]
        _, text, answer = items.pop() if items else take_items(world, DOMAINS[style], 1)[0]
        filled = {
            "x": text,
            "y": answer_or_passage(world, (text, answer)),
            "tools": ", ".join(chance.sample(wording.TOOL_NAMES, 4)),
            "role": chance.choice(wording.ROLES),
        }
        head, body = _fill(head, filled) + language, _fill(body, filled)
        output = with_reasoning(world, answer, "work") if style in ("cot", "tool") else None
        tokens, model = output_tokens(world, _TOKENS[style]), target_model(world, time, facts)
        with_tools = style == "tool" and chance.random() < 0.5
        world.send(
            account,
            time,
            body if in_system else head + "\n\n" + body,
            output,
            tokens,
            system=head if in_system else None,
            campaign=name,
            model=model,
            temperature=temperature,
            most_output=most_output,
            tools=chance.sample(wording.TOOL_NAMES, 5) if with_tools else None,
        )

    return send


def _fill(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template.replace("{{", "{").replace("}}", "}")
