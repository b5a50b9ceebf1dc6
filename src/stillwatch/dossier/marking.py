"""The Traffic Light Protocol, version 2.0 (FIRST, August 2022): with whom a dossier may be shared.

Labels, colours and the sentence on each are the standard's: capitals without spaces, at least 12 points, in the header
and the footer of each page, coloured on black.
"""

from __future__ import annotations

from dataclasses import dataclass

BACKGROUND = "#000000"


@dataclass(frozen=True)
class Marking:
    """One label: its name as an option, as printed, its colour, and whom it allows to be told."""

    name: str
    label: str
    colour: str
    meaning: str


MARKINGS = (
    Marking(
        "clear", "TLP:CLEAR", "#FFFFFF", "Recipients can spread this to the world, there is no limit on disclosure."
    ),
    Marking("green", "TLP:GREEN", "#33FF00", "Limited disclosure, recipients can spread this within their community."),
    Marking(
        "amber",
        "TLP:AMBER",
        "#FFC000",
        "Limited disclosure, recipients can only spread this on a need-to-know basis within their organization and its "
        "clients.",
    ),
    Marking(
        "amber+strict",
        "TLP:AMBER+STRICT",
        "#FFC000",
        "Limited disclosure, recipients can only spread this on a need-to-know basis within their organization only.",
    ),
    Marking(
        "red",
        "TLP:RED",
        "#FF2B2B",
        "For the eyes and ears of individual recipients only, no further disclosure.",
    ),
)
BY_NAME = {marking.name: marking for marking in MARKINGS}
BY_LABEL = {marking.label: marking for marking in MARKINGS}
DEFAULT = "amber+strict"
"""What is not marked by the person who issues it stays in the recipient's organisation."""
