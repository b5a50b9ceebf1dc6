"""What two accounts share, and how improbable that is.

* A **holding** is one value that one account holds: a payment token, a device, an address, a wording.
* The **strength** of a value is how surprising it is that two unconnected accounts both hold it, in nats: rare values
  weigh more; hubs (a campus address, a VPN exit, a viral prompt) weigh little.
* A **link** joins two accounts whose shared values are together surprising enough.

One detector is one file, on one of two sides: *registration* (how the accounts were made) or *traffic* (what they send
and whence). The third side, *rhythm* (how they move), has no values to share and is asked of groups.
"""

from stillwatch.links.likeness import DETECTOR as LIKENESS
from stillwatch.links.likeness import Likeness
from stillwatch.links.linked import MILLION, Components, read_side
from stillwatch.links.registry import LINK_DETECTORS
from stillwatch.links.stage import LinkOptions, Links, find_links
from stillwatch.links.wording import FRAME

__all__ = [
    "FRAME",
    "LIKENESS",
    "LINK_DETECTORS",
    "MILLION",
    "Components",
    "Likeness",
    "LinkOptions",
    "Links",
    "find_links",
    "read_side",
]
