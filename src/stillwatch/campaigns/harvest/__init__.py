"""Harvest: does the group's common work look like collecting training data? One file per detector.

Asked of the *common work*: the exchanges that carry the group's own shared wordings, pooled over its accounts (all its
exchanges where it shares no wording). Compared with the work of single honest customers that are as busy: a group that
acts as one hand is one customer at most, so its thousands of exchanges do not make a commonplace kind of work rare.
"""

from stillwatch.campaigns.harvest.stage import HARVEST_DETECTORS, Harvest, assess_harvest

__all__ = ["HARVEST_DETECTORS", "Harvest", "assess_harvest"]
