"""Was this model distilled from mine? Two tests on what models answered to the same declared prompts.

* **agreement**: does the suspect answer as the teacher does more than unrelated models do? It alone makes a yes.
* **radioactivity**: does the suspect's text carry the teacher's watermark? Told beside it.

Files come in by `answers` and `key_file`, `stage` runs the tests, `statement` says what was found, in words or as JSON.
Nothing here asks a model anything.
"""

from stillwatch.provenance.agreement import Agreement, Answer, agreement
from stillwatch.provenance.stage import Provenance, Question, examine
from stillwatch.provenance.statement import provenance_json, provenance_text
from stillwatch.provenance.watermark import Radioactivity, WatermarkKey, green, green_table, radioactivity

__all__ = [
    "Agreement",
    "Answer",
    "Provenance",
    "Question",
    "Radioactivity",
    "WatermarkKey",
    "agreement",
    "examine",
    "green",
    "green_table",
    "provenance_json",
    "provenance_text",
    "radioactivity",
]
