"""The nouns of Stillwatch: one frozen table schema each. Imports nothing of ours.

* **exchange**: one request to a model and its answer. Everything starts from these.
* **account**: one billed customer account.
* **signal**: what one exchange says, after the door: pseudonyms, sketches and scores, no prompt.
* **holding**: one value (an address, a payment token, a template) that one account holds.
* **link**: what two accounts share, and how improbable that is.
* **campaign** and **member**: who acts as one, in which role, on what strength of evidence.
"""

from stillwatch.records.accounts import ACCOUNTS
from stillwatch.records.exchanges import EXCHANGES
from stillwatch.records.results import (
    ACTIVITY,
    CAMPAIGNS,
    EVIDENCE,
    EXPLANATIONS,
    EXPOSURE,
    HARVESTED,
    HOLDINGS,
    MEMBERS,
    OVERLAPS,
    REJECTS,
    RESULT_TABLES,
    SHARED,
    TIMELINE,
    USAGE,
)
from stillwatch.records.schema import Column, TableSchema

__all__ = [
    "ACCOUNTS",
    "ACTIVITY",
    "CAMPAIGNS",
    "EVIDENCE",
    "EXCHANGES",
    "EXPLANATIONS",
    "EXPOSURE",
    "HARVESTED",
    "HOLDINGS",
    "MEMBERS",
    "OVERLAPS",
    "REJECTS",
    "RESULT_TABLES",
    "SHARED",
    "TIMELINE",
    "USAGE",
    "Column",
    "TableSchema",
]
