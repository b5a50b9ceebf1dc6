"""Provider logs to exchange records: one file per log format; what does not fit is kept aside, never dropped.

* **log**: the files given, each in a format that was recognised by its content or named.
* **format**: where a kind of log keeps its fields, and how its records become exchanges.
* **aside**: the records that did not fit, with file, line and reason, and notes on the files.

A record that does not fit costs that record. A file that cannot be read at all raises `InputError`.
"""

from stillwatch.intake.accounts import read_accounts
from stillwatch.intake.aside import Aside
from stillwatch.intake.errors import InputError
from stillwatch.intake.formats import FORMATS
from stillwatch.intake.log import Log, LogFile, open_log, read_exchanges

__all__ = ["FORMATS", "Aside", "InputError", "Log", "LogFile", "open_log", "read_accounts", "read_exchanges"]
