"""What accounts write. A script turns rows of requests into system prompts and user messages."""

from testrange.scripts.application import Application
from testrange.scripts.benchmark import Benchmark
from testrange.scripts.blend import Blend
from testrange.scripts.conversation import Conversation, Tasks
from testrange.scripts.library import template_texts
from testrange.scripts.rows import Rows, Script, Texts
from testrange.scripts.templates import Templates

__all__ = [
    "Application",
    "Benchmark",
    "Blend",
    "Conversation",
    "Rows",
    "Script",
    "Tasks",
    "Templates",
    "Texts",
    "template_texts",
]
