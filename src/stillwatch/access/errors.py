"""How access can fail."""

from __future__ import annotations


class AccessError(Exception):
    """What cannot be done, and what to do next. May be shown as it is: it holds no secret."""
