"""Harvest: does the group's common work look like collecting training data? One file per detector.

Asked of the *common work*, the exchanges that carry the group's own shared wordings, and of all that its accounts do.
Compared with the honest groups of the same log: one file pools, the others describe.
"""

from stillwatch.campaigns.harvest.stage import HARVEST_DETECTORS, Harvest, assess_harvest

__all__ = ["HARVEST_DETECTORS", "Harvest", "assess_harvest"]
