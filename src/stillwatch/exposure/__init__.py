"""What was taken: which exchanges are harvest, by account, day, capability and model; who has which role; what listed
groups share with one another; and what as many exchanges bought a student of the test range.

The stages are imported when they are asked for: whoever reads a result needs `gain` alone, and does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stillwatch.on_demand import on_demand

if TYPE_CHECKING:
    from stillwatch.exposure.exchange_ids import harvested_ids
    from stillwatch.exposure.overlaps import find_overlaps
    from stillwatch.exposure.stage import HARVESTER, Exposure, idle_members, measure_exposure

__all__ = ["HARVESTER", "Exposure", "find_overlaps", "harvested_ids", "idle_members", "measure_exposure"]
__getattr__ = on_demand(
    __name__,
    {
        "HARVESTER": "stage",
        "Exposure": "stage",
        "find_overlaps": "overlaps",
        "harvested_ids": "exchange_ids",
        "idle_members": "stage",
        "measure_exposure": "stage",
    },
)
