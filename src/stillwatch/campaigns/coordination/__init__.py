"""Coordination: do these accounts act as one hand? One file per detector.

Three sides that can fail independently: how accounts were *registered*, what *traffic* they send, and the *rhythm* in
which they move. A shared application explains the traffic side of many honest customers, a campus the registration
side; neither explains two sides at once. The null of every test: accounts are unconnected, given how active each is
and how popular each value is; accounts of one declared organisation count as one.
"""

from stillwatch.campaigns.coordination.stage import Coordination, Evidence, assess_coordination
from stillwatch.campaigns.coordination.verdicts import PLACE, other_side

__all__ = ["PLACE", "Coordination", "Evidence", "assess_coordination", "other_side"]
