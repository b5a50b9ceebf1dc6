"""The redacted edition."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa


def redact(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Later."""
    return dict(tables)
