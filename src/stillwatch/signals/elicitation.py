"""Reasoning elicitation: the prompt asks for the working, not only for the answer."""

from __future__ import annotations

from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="elicitation",
    question="harvest",
    assumption="A student learns most from written reasoning, so a harvester makes the model write it out, in a form "
    "that a program can cut out, in every request.",
    innocent=(
        "a regulated firm keeps the reasons of each decision for its auditors",
        "a teacher or learner wants the steps of a solution",
        "a prompt guide recommends 'think step by step'",
    ),
    references=(
        "Anthropic, Detecting and preventing distillation attacks, 23 February 2026",
        "Google Threat Intelligence Group, AI Threat Tracker, February 2026 (reasoning-trace coercion)",
        "Anthropic threat intelligence report, September 2026, section 7 (one fixed prompt, inline tags)",
    ),
    needs=("input_text",),
)

TERMS: dict[str, int] = {
    "step by step": 600,
    "step by step reasoning": 700,
    "chain of thought": 1200,
    "thought process": 800,
    "internal reasoning": 1300,
    "inner monologue": 1000,
    "internal monologue": 1000,
    "your reasoning": 700,
    "complete reasoning": 900,
    "full reasoning": 900,
    "detailed reasoning": 800,
    "reasoning process": 900,
    "reasoning trace": 1400,
    "reasoning traces": 1400,
    "reasoning behind": 700,
    "reasoning steps": 800,
    "reason step": 500,
    "reasoning inside": 1300,
    "reasoning between": 1200,
    "reasoning in": 300,
    "thinking inside": 1300,
    "inside think": 1200,
    "think tags": 1400,
    "reasoning tags": 1400,
    "scratchpad": 1100,
    "think aloud": 900,
    "thinking out loud": 900,
    "think out loud": 900,
    "articulate the internal": 1500,
    "imagine and articulate": 1500,
    "every intermediate step": 1000,
    "all intermediate steps": 1000,
    "intermediate steps": 700,
    "show your work": 600,
    "show your reasoning": 900,
    "show all reasoning": 900,
    "explain your reasoning": 800,
    "write out your": 400,
    "before the final": 400,
    "before giving the": 400,
    "then final answer": 500,
    "language used in": 300,
    "thinking content": 1200,
    "thinking process": 900,
    "deliberate": 300,
    "逐步": 600,
    "推理": 600,
    "思考过程": 1000,
}

POSITIVE = (
    "Imagine and articulate the internal reasoning behind a completed response, step by step.",
    "Solve it. Put your complete reasoning inside <think> tags before the final answer.",
    "Write a detailed chain of thought, then the answer.",
)
NEGATIVE = (
    "What is a good reason to visit Lisbon in spring?",
    "Write a Java program to calculate the Fibonacci sequence up to a given term n.",
    "Thanks, that worked! Can you make it shorter?",
)
