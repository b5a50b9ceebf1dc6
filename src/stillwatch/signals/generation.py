"""Task, trajectory and test generation: the prompt asks for training material itself."""

from __future__ import annotations

from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="generation",
    question="harvest",
    assumption="Synthetic training sets are made by asking the model for tasks, worked solutions, tool-use "
    "trajectories and unit tests that check them.",
    innocent=(
        "a developer wants tests for their own code",
        "a teacher writes exercises",
        "a team builds an evaluation set for its own product",
    ),
    references=(
        "Wang et al., Self-Instruct, ACL 2023",
        "Anthropic, Detecting and preventing distillation attacks, 23 February 2026 (agentic coding, tool use)",
        "Anthropic threat intelligence report, September 2026, section 7 (task writing, trace cleaning)",
    ),
    needs=("input_text",),
)

TERMS: dict[str, int] = {
    "training data": 1000,
    "training example": 1200,
    "training examples": 1200,
    "training set": 800,
    "synthetic data": 1100,
    "synthetic": 500,
    "dataset of": 500,
    "instruction following": 900,
    "generate a diverse": 900,
    "diverse set of": 800,
    "come up with": 250,
    "a series of": 200,
    "set of tasks": 900,
    "new tasks": 700,
    "task instructions": 800,
    "new problem": 500,
    "new problems": 600,
    "a challenging": 400,
    "challenging problem": 700,
    "problem and its": 600,
    "and its solution": 500,
    "with a solution": 300,
    "worked solution": 800,
    "reference solution": 900,
    "test cases": 450,
    "unit tests that": 500,
    "unit tests": 350,
    "hidden tests": 1000,
    "fail to pass": 1000,
    "trajectory": 1000,
    "full trajectory": 1400,
    "agent trajectory": 1400,
    "tool calls": 500,
    "sequence of tool": 900,
    "each tool call": 900,
    "tool call": 400,
    "observation": 300,
    "action observation": 900,
    "thought action": 1100,
    "multi turn": 500,
    "user and assistant": 600,
    "dialogue between": 400,
    "long horizon": 900,
    "verifiable": 600,
    "self contained": 400,
    "difficulty level": 600,
    "in jsonl": 900,
    "one json object": 500,
    "as json lines": 900,
    "rewrite the trace": 1200,
    "clean the trace": 1200,
    "toolformer": 1000,
}

POSITIVE = (
    "Create a challenging problem about graph algorithms and its solution, with hidden tests, as one JSON object.",
    "Write the full trajectory of an agent that fixes the bug: thought, action, observation, each tool call.",
    "You are asked to come up with a set of tasks. Generate a diverse set of new tasks with a reference solution.",
)
NEGATIVE = (
    "My test fails with KeyError: 'user'. What is wrong?",
    "Give me a training plan for a half marathon.",
    "Summarise the meeting notes below in five bullets.",
)
