"""What the formats share about conversations: roles, parts of content, declared tools, token counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.intake.errors import RecordError
from stillwatch.intake.rows import Values
from stillwatch.intake.times import kind

SYSTEM_ROLES = ("system", "developer")
USER_ROLES = ("user", "human")


@dataclass(frozen=True)
class Conversation:
    """The messages of a request, reduced: system prompt, newest user message, number of user messages."""

    system_text: str | None = None
    input_text: str | None = None
    turn: int | None = None

    def values(self) -> Values:
        """As columns; what is None stays out."""
        return present(system_text=self.system_text, input_text=self.input_text, turn=self.turn)


def present(**values: Any) -> Values:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def object_in(record: dict[str, Any], name: str) -> dict[str, Any]:
    """A member that is an object; an empty one where it is absent or null. Raises RecordError for another kind."""
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RecordError(f"{name}: expected an object, got {kind(value)}")
    return value


def list_in(record: dict[str, Any], name: str) -> list[Any]:
    """A member that is a list; an empty one where it is absent or null. Raises RecordError for another kind."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordError(f"{name}: expected a list, got {kind(value)}")
    return value


def text_of(content: Any) -> str | None:
    """The text of a message's content: a text, or the text parts of a list joined by line ends.

    Knows parts of OpenAI, Anthropic and Bedrock (`text`) and of OpenTelemetry (`type` text with `content`). None
    where there is no text, as for pictures, tool calls and tool results.
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = [text for part in content if (text := _part_text(part)) is not None]
    return "\n".join(texts) if texts else None


def read_conversation(messages: list[Any]) -> Conversation:
    """Reduce role and content messages. A user message without text (tool results) is no turn.

    Raises RecordError if a message is no object.
    """
    system: list[str] = []
    newest: str | None = None
    turn = 0
    for message in messages:
        if not isinstance(message, dict):
            raise RecordError(f"messages: expected objects, got {kind(message)}")
        text = text_of(message.get("content", message.get("parts")))
        if text is None:
            continue
        if message.get("role") in SYSTEM_ROLES:
            system.append(text)
        elif message.get("role") in USER_ROLES:
            newest = text
            turn += 1
    return Conversation("\n\n".join(system) if system else None, newest, turn or None)


def tool_names(tools: list[Any]) -> list[str]:
    """Names of declared tools; the type where a built-in tool has no name."""
    return [name for tool in tools if isinstance(tool, dict) and (name := _tool_name(tool)) is not None]


def apart(output: Any, reasoning: Any) -> Values:
    """Token columns in which reasoning is not also counted as output, as vendors do."""
    both = all(isinstance(count, int) and not isinstance(count, bool) for count in (output, reasoning))
    if both and 0 <= reasoning <= output:
        output -= reasoning
    return present(output_tokens=output, reasoning_tokens=reasoning)


def total(*counts: Any) -> Any:
    """The sum of the counts that are there; None if none is. A count that is no number is returned as it is."""
    there = [count for count in counts if count is not None]
    strange = [count for count in there if isinstance(count, bool) or not isinstance(count, int)]
    if strange:
        return strange[0]
    return sum(there) if there else None


def _part_text(part: Any) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return None
    text = part.get("text")
    if text is None and part.get("type") == "text":
        text = part.get("content")
    return text if isinstance(text, str) else None


def _tool_name(tool: dict[str, Any]) -> str | None:
    for inner in ("function", "toolSpec", "tool_spec"):
        if isinstance(tool.get(inner), dict):
            tool = tool[inner]
            break
    name = tool.get("name") or tool.get("type")
    return name if isinstance(name, str) else None
