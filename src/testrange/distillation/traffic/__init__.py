"""The loop closed: harvest of the range's own teacher hidden in a simulated log, watched day by day, and cut where it
was accused. What a hand had by then, with and without Stillwatch, is what students are trained on.

`contained` does all of it. Nothing here needs a model: completions come from whatever is handed in.
"""

from testrange.distillation.traffic.answering import read_back, spelled
from testrange.distillation.traffic.containment import SUMMARY, Containment, contained, read_containment
from testrange.distillation.traffic.declared import KINDS
from testrange.distillation.traffic.rewriting import Answers
from testrange.distillation.traffic.wording import requests

__all__ = [
    "KINDS",
    "SUMMARY",
    "Answers",
    "Containment",
    "contained",
    "read_back",
    "read_containment",
    "requests",
    "spelled",
]
