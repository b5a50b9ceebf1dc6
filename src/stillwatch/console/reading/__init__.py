"""A result as the desk reads it: opened once, indexed, and read again when a scan has replaced it.

* **grouped**: a table whose rows are found by one of its columns, by binary search.
* **reading**: one result with all its indexes; immutable, so that a request sees one scan from beginning to end.
* **counted now**: its sums without the accounts that people cleared since the scan.
* **open campaign**: one campaign of a reading, and what is drawn and said of it, made when first asked for.
* **reader**: gives the reading of now, and says so where it could not read what a scan has left since.
"""

from stillwatch.console.reading.campaign import OpenCampaign
from stillwatch.console.reading.counted import CountedNow
from stillwatch.console.reading.grouped import Grouped
from stillwatch.console.reading.reader import Reader
from stillwatch.console.reading.reading import Reading, read

__all__ = [
    "CountedNow",
    "Grouped",
    "OpenCampaign",
    "Reader",
    "Reading",
    "read",
]
