"""The language of the simulated users: phrase pools, sentence patterns, and their vectorised composition."""

from testrange.language.compose import compose, join_runs
from testrange.language.phrasebook import Phrasebook, phrasebook

__all__ = ["Phrasebook", "compose", "join_runs", "phrasebook"]
