"""Signals of past days in a folder, so that a scan reads new files alone.

* **store**: a folder that keeps signals by day, under one key, for a window of days.
* **segment**: the signals of one day that one run wrote, in one file that never changes.
* **manifest**: what counts. It is replaced as one; what it does not name is left over, and the next run removes it.
* **window**: the days that end with the newest; what a scan of a store looks at.
"""

from __future__ import annotations

from pathlib import Path

from stillwatch.intake.log import FieldPlaces
from stillwatch.signals import Key
from stillwatch.store.append import Arrival, append
from stillwatch.store.manifest import FILE as MANIFEST
from stillwatch.store.manifest import Settings, check_settings, is_store, read_manifest
from stillwatch.store.window import Window, open_window

__all__ = [
    "MANIFEST",
    "Arrival",
    "Settings",
    "Window",
    "append",
    "check_store",
    "is_store",
    "open_window",
    "settings_of",
]


def settings_of(key: Key, accounts_pseudonymised: bool, mapping: FieldPlaces) -> Settings:
    """What a store made with this key and these options keeps for good."""
    places = {column: (p,) if isinstance(p, str) else tuple(p) for column, p in mapping.items()}
    return Settings(key.derive("store", 16).hex(), accounts_pseudonymised, places)


def check_store(store: Path, settings: Settings) -> None:
    """Raise InputError if a store cannot be used with these settings; before anything else is read."""
    manifest = read_manifest(store)
    if manifest.inputs or manifest.registered:
        check_settings(store, manifest.settings, settings)
