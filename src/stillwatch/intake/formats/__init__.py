"""One file per log format, and the explicit list of them."""

from __future__ import annotations

from stillwatch.intake.formats import anthropic, bedrock, exchange_record, litellm, openai, opentelemetry
from stillwatch.intake.formats.format import Format

FORMATS: tuple[Format, ...] = (
    opentelemetry.FORMAT,
    bedrock.FORMAT,
    litellm.FORMAT,
    anthropic.FORMAT,
    openai.FORMAT,
    exchange_record.FORMAT,
)
"""In the order in which they are asked whether they know a file: the most particular first, our own last."""

__all__ = ["FORMATS", "Format"]
