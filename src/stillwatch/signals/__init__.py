"""What one exchange says. The door: prompts, addresses and payment tokens come in, sketches and pseudonyms leave.

* A **pseudonym** is a keyed hash of a value; a **seal** lets the holder of the key see the value again.
* A **sketch** of a text is a sample of its word shingles, hashed with the key.
* A **score** says how much a text reads like one capability or one intent, by a table of weighted words.

The stages are imported when they are asked for: whoever needs a key alone does not wait for the compiler.
"""

from typing import TYPE_CHECKING

from stillwatch.on_demand import on_demand

if TYPE_CHECKING:
    from stillwatch.signals.key_file import KeyFile, KeyFileError, default_key_path
    from stillwatch.signals.pseudonyms import Key, Seal, open_key
    from stillwatch.signals.registered import registrations
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
__getattr__ = on_demand(
    __name__,
    {
        "Key": "pseudonyms",
        "KeyFile": "key_file",
        "KeyFileError": "key_file",
        "Seal": "pseudonyms",
        "Signaller": "stage",
        "Tally": "stage",
        "default_key_path": "key_file",
        "open_key": "pseudonyms",
        "registrations": "registered",
        "write_signals": "stage",
    },
)
