"""Is this dossier what was signed, and does every number follow from its tables? Nothing in it is trusted.

* **contents**: the files, read into memory with limits; links and strange names are told, not followed.
* **tables**: Parquet, with limits on what it may grow to.
* **reading**: the numbers that the document prints.
* **verify**: all checks in order, and what does not hold.
"""

from stillwatch.dossier.verification.verify import Verification, verify_dossier

__all__ = ["Verification", "verify_dossier"]
