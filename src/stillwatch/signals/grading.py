"""Rubric grading: the model is used as judge or reward model for someone else's outputs."""

from __future__ import annotations

from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="grading",
    question="harvest",
    assumption="Preference data and reward models are made by having a strong model score other models' answers "
    "against a rubric, at volume.",
    innocent=(
        "a school or a publisher grades texts by people",
        "a product team evaluates its own assistant before release",
        "researchers run a published judge benchmark",
    ),
    references=(
        "Anthropic, Detecting and preventing distillation attacks, 23 February 2026 (rubric grading)",
        "Zheng et al., Judging LLM-as-a-judge with MT-bench, NeurIPS 2023",
        "Lee et al., RLAIF, arXiv 2309.00267",
    ),
    needs=("input_text",),
)

TERMS: dict[str, int] = {
    "rubric": 1200,
    "scoring rubric": 1300,
    "grading rubric": 1300,
    "on a scale of": 700,
    "scale of 1": 500,
    "from 1 to": 400,
    "score from": 700,
    "a score": 400,
    "an overall score": 1000,
    "rate the response": 1200,
    "rate the quality": 1000,
    "rate the following": 800,
    "evaluate the response": 1100,
    "evaluate the quality": 1000,
    "evaluate the following": 500,
    "quality of the": 300,
    "impartial judge": 1400,
    "act as an": 100,
    "assistant a": 900,
    "assistant b": 900,
    "response a": 700,
    "response b": 700,
    "answer a": 400,
    "answer b": 400,
    "which response": 900,
    "better response": 900,
    "two responses": 900,
    "candidate response": 1100,
    "candidate answer": 1000,
    "candidate solution": 800,
    "reference answer": 1000,
    "model answer": 500,
    "ai assistant": 400,
    "critique": 500,
    "judge": 400,
    "grade the": 900,
    "grader": 900,
    "verdict": 500,
    "helpfulness": 600,
    "correctness": 400,
    "pairwise": 700,
    "preference": 300,
    "final rating": 1000,
    "rating": 300,
}

POSITIVE = (
    "Act as an impartial judge. Rate the response on a scale of 1 to 10 against the rubric and output only the score.",
    "Here are two responses from assistant A and assistant B. Which response is better? Give a verdict.",
    "Using the scoring rubric, grade the candidate answer against the reference answer.",
)
NEGATIVE = (
    "Find the average rate of change of the function on the interval.",
    "Can you recommend a better laptop for travel?",
    "Translate this letter to my landlord into German.",
)
