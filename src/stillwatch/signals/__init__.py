"""What one exchange says. The door: prompts, addresses and payment tokens come in, sketches and pseudonyms leave.

* A **pseudonym** is a keyed hash of a value; a **seal** lets the holder of the key see the value again.
* A **sketch** of a text is a sample of its word shingles, hashed with the key.
* A **score** says how much a text reads like one capability or one intent, by a table of weighted words.
"""

from stillwatch.signals.key_file import KeyFile, KeyFileError
from stillwatch.signals.pseudonyms import Key, Seal, default_key_path, open_key
from stillwatch.signals.registrations import registrations
from stillwatch.signals.stage import Signaller, Tally, write_signals

__all__ = [
    "Key",
    "KeyFile",
    "KeyFileError",
    "Seal",
    "Signaller",
    "Tally",
    "default_key_path",
    "open_key",
    "registrations",
    "write_signals",
]
