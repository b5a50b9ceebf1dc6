"""Augmented prompts, in the way of self-instruct and MetaMath: other numbers, names and constraints."""

from __future__ import annotations

import random
import re

_NAMES = ["Natalia", "Weng", "Betty", "Julie", "James", "Mark", "Ken", "John", "Tom", "Mary", "Janet"]
_NAMES += ["Tim", "Jack", "Sam", "Mike", "Lisa", "Carol"]
_OTHER_NAMES = ["Aylin", "Boris", "Chidi", "Dana", "Emre", "Farah", "Gita", "Hana", "Ivo", "Jun", "Kaya", "Lior"]
_OTHER_NAMES += ["Mei", "Nils", "Oda", "Pau", "Rosa", "Sven", "Tala", "Uma"]
_CONSTRAINTS = {
    "code": [
        ", in Rust.",
        ", using only the standard library.",
        " and keep memory use constant.",
        ", as a recursive version.",
        " and justify the choice of data structure.",
        " and handle empty input.",
        ", with type hints and tests.",
        " in functional style.",
    ],
    "math": [
        " Give the result as a fraction if needed.",
        " How would that change if the first amount doubled?",
        " Also state the total.",
        " Round to one decimal.",
    ],
    "role": [
        " Keep it in character.",
        " The setting is a rural clinic.",
        " Add a plot twist.",
        " Audience: aged 12.",
    ],
}
_NUMBER = re.compile(r"(?<![\d,./:\-])\d{1,4}(?![\d,/:\-]|\.\d)")


def augmented(chance: random.Random, domain: str, text: str) -> str:
    """One augmentation of a prompt of a domain."""
    text = _NUMBER.sub(lambda found: str(max(1, _other_number(chance, int(found.group())))), text)
    for name in _NAMES:
        if name in text:
            text = text.replace(name, chance.choice(_OTHER_NAMES))
    x, budget = chance.random(), chance.randint(20, 9000)
    if x < 0.25:
        body = text.rstrip(" .") + ("." if domain in ("math", "role") else "")
        return body + chance.choice(_CONSTRAINTS.get(domain) or _any_constraint(budget))
    if x < 0.45:
        return chance.choice(_openings(chance.randint(1, 90))) + text[:1].lower() + text[1:]
    return text


def _other_number(chance: random.Random, number: int) -> int:
    return int(number * chance.uniform(0.5, 2.2)) + chance.randint(0, 3)


def _any_constraint(budget: int) -> list[str]:
    return [
        " for a small bakery.",
        " with two worked examples.",
        f" under a budget of {budget} euros.",
        " for a ship's crew.",
        " in a school setting.",
        " when there is no internet access.",
        " and name the limits.",
    ]


def _openings(number: int) -> list[str]:
    return [
        "I need to know: ",
        "For a project at work, ",
        "Suppose you had to do this: ",
        "A friend asked me this. ",
        "Could you work this out? ",
        f"Exercise {number}. ",
        "Given no other information: ",
        "Let's do another one. ",
        "Quick challenge: ",
    ]
