"""Numbers in the words of the document that belong to a standard or to the method, and to no case.

Whatever else has a digit in the document is a figure, a day or a name; a verification says so where it is not.
"""

from __future__ import annotations

from stillwatch.dossier.frameworks import ENTRIES
from stillwatch.dossier.likelihood import CONFIDENCE_RULES, DEGREES, RULES, STRICT_LEVEL
from stillwatch.dossier.observed import SURE

DEGREE_PLACES = {degree.word: f"{degree.low}\N{EN DASH}{degree.high} %" for degree in DEGREES}
CONSTANTS = frozenset(
    {
        "ICD 203",
        "TLP 2.0",
        "MITRE ATLAS v5",
        "OWASP AISVS 1.0",
        "SHA-256",
        "Ed25519",
        "95 %",
        "1 in 100",
        "24 hours",
        "0.01",
        f"{SURE}",
        f"{STRICT_LEVEL}",
        "C11.3",
        *DEGREE_PLACES.values(),
        *(entry.number for entry in ENTRIES),
        *(rule.words for rule in RULES),
        *(words for _, words in CONFIDENCE_RULES),
    }
)
