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
    # training material by name
    "training data": 900,
    "training example": 1000,
    "training examples": 1000,
    "training set": 700,
    "synthetic": 400,
    "synthetic data": 700,
    "few shot": 400,
    "instruction following": 700,
    "task instructions": 700,
    "set of tasks": 700,
    "new tasks": 600,
    "diverse set of": 500,
    "generate a diverse": 700,
    "a series of": 150,
    # problems made to be checked
    "new problem": 450,
    "new problems": 500,
    "challenging problem": 500,
    "problem and its": 500,
    "and its solution": 400,
    "with a solution": 300,
    "worked solution": 700,
    "reference solution": 700,
    "hidden tests": 900,
    "fail before": 400,
    "regression test": 400,
    "test cases": 300,
    "unit tests": 300,
    "unit tests that": 300,
    "verifiable": 400,
    "self contained": 250,
    "difficulty": 200,
    "difficulty level": 300,
    # trajectories of agents
    "trajectory": 700,
    "trajectories": 700,
    "rollout": 500,
    "transcript": 300,
    "simulate": 250,
    "tool call": 350,
    "tool calls": 400,
    "sequence of tool": 500,
    "each tool call": 400,
    "observation": 250,
    "observations": 250,
    "actions and observations": 500,
    "action and observation": 500,
    "thought action": 700,
    "you have a shell": 500,
    "agent": 200,
    "agents": 150,
    "subtasks": 400,
    "sub tasks": 400,
    "long horizon": 600,
    "at least fifteen steps": 300,
    "at least ten steps": 300,
    "at least twenty steps": 300,
    "without asking": 150,
    "do not ask for": 200,
    "plan the whole": 300,
    "every command": 250,
    "every file": 200,
    "expected output": 300,
    "unified diff": 350,
    "complete patch": 350,
    "multi turn": 350,
    "user and assistant": 500,
    "dialogue between": 300,
    # formats of training sets
    "in jsonl": 700,
    "jsonl": 400,
    "one json object": 350,
    "as json lines": 700,
    # cleaning what was taken
    "rewrite the trace": 1000,
    "clean the trace": 1000,
    "toolformer": 900,
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
