"""What can go wrong with a dossier, told to the person who asked for it."""

from __future__ import annotations

from stillwatch.report.result import ResultError


class DossierError(ResultError):
    """A dossier cannot be made, or what was given is none. Says what is wrong, where, and what to do next."""
