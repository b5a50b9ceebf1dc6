"""Capability: what kind of work an exchange asks for. Read by capability concentration and by exposure."""

from __future__ import annotations

from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="capability",
    question="harvest",
    assumption="A harvester's volume is concentrated in the few capabilities that its student lacks; the words of a "
    "request tell which capability it asks for.",
    innocent=("a product does one thing", "a team has one kind of work"),
    references=("Anthropic, Detecting and preventing distillation attacks, 23 February 2026 (few areas)",),
    needs=("input_text",),
)

GENERAL = "general"
"""Everything that no other capability claims: conversation, knowledge, advice."""

TERMS: dict[str, dict[str, int]] = {
    "software_engineering": {
        **dict.fromkeys(
            ("python", "javascript", "typescript", "java", "golang", "rust", "kotlin", "sql", "bash", "react"), 600
        ),
        **dict.fromkeys(
            ("function", "code", "class", "method", "compile", "bug", "refactor", "debug", "api", "regex"), 400
        ),
        **dict.fromkeys(
            ("repository", "codebase", "pull request", "unit tests", "unit test", "stack trace", "traceback"), 800
        ),
        **dict.fromkeys(
            ("patch", "diff", "module", "dockerfile", "kubernetes", "endpoint", "exception", "segfault", "def"), 500
        ),
        **dict.fromkeys(("implement", "algorithm", "program", "script", "library", "import", "return"), 300),
    },
    "agentic_tool_use": {
        **dict.fromkeys(("tool call", "tool calls", "function call", "available tools", "use the tools"), 900),
        **dict.fromkeys(("agent", "autonomous", "long horizon", "multi step", "plan and execute", "subtask"), 700),
        **dict.fromkeys(("browser", "terminal", "shell command", "trajectory", "environment", "toolformer"), 500),
        **dict.fromkeys(("observation", "action", "tools", "orchestrate", "workflow"), 300),
    },
    "mathematics": {
        **dict.fromkeys(("theorem", "proof", "prove that", "equation", "integral", "derivative", "polynomial"), 800),
        **dict.fromkeys(("how many", "how much", "solve for", "calculate", "probability", "triangle", "sum of"), 450),
        **dict.fromkeys(("total", "percent", "average", "twice", "remaining", "math", "geometry", "algebra"), 300),
    },
    "data_analysis": {
        **dict.fromkeys(("dataset", "data analyst", "statistical rigor", "regression", "dataframe", "pandas"), 800),
        **dict.fromkeys(("correlation", "csv", "spreadsheet", "excel", "chart", "statistics", "statistical"), 500),
        **dict.fromkeys(("trend", "forecast", "metric", "metrics", "quarterly", "cohort", "segment"), 300),
    },
    "grading": {
        **dict.fromkeys(("rubric", "impartial judge", "rate the response", "candidate response"), 1000),
        **dict.fromkeys(("assistant a", "assistant b", "response a", "response b", "which response"), 700),
        **dict.fromkeys(("evaluate the", "score from", "grade the", "reference answer", "grader", "critique"), 500),
    },
    "science": {
        **dict.fromkeys(("chemistry", "physics", "biology", "molecule", "enzyme", "quantum", "protein"), 600),
        **dict.fromkeys(("experiment", "hypothesis", "reaction", "cell", "energy", "clinical", "gene"), 350),
    },
    "writing": {
        **dict.fromkeys(("essay", "poem", "story", "blog post", "cover letter", "screenplay", "lyrics"), 700),
        **dict.fromkeys(("email", "rewrite", "proofread", "tone", "paragraph", "article", "slogan", "letter"), 400),
        **dict.fromkeys(("summarise", "summarize", "summary", "headline", "creative", "character"), 350),
    },
    "translation": {
        **dict.fromkeys(("translate", "translation", "translate into", "translate this"), 1000),
        **dict.fromkeys(("into english", "into german", "into french", "into spanish", "into chinese"), 500),
    },
}

CAPABILITIES: tuple[str, ...] = (*TERMS, GENERAL)
"""Index in this tuple is the code stored with a signal."""

CLAIM = 400
"""Least score, in thousandths, with which a capability claims an exchange; below it the exchange is `general`: one
strong word or two weak ones. A judgement."""
TOOLS_DECLARED = 1500
"""Added to `agentic_tool_use` when the request declares tools."""

POSITIVE = (
    ("software_engineering", "Refactor this Python function and fix the bug that the traceback shows."),
    ("mathematics", "Prove that the polynomial has no real roots, and calculate the integral."),
    ("translation", "Translate this paragraph into French."),
    ("general", "What should I cook tonight?"),
)
