"""What was taken: which exchanges are harvest, by account, day, capability and model; who has which role; and what
listed groups share with one another."""

from stillwatch.exposure.exchange_ids import harvested_ids
from stillwatch.exposure.overlaps import find_overlaps
from stillwatch.exposure.stage import Exposure, measure_exposure

__all__ = ["Exposure", "find_overlaps", "harvested_ids", "measure_exposure"]
