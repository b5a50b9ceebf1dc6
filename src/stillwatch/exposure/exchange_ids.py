"""Which exchanges are harvest, by their ids as the log gives them: only when asked for."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from stillwatch.engine import Engine


def harvested_ids(engine: Engine, folder: Path) -> pa.Table:
    """The harvested exchanges of listed groups: group, member, exchange id. Needs table `harvested`, and in `folder`
    the ids that passed by the door (`exchange`, `exchange_id`)."""
    engine.register("exchange_ids", folder)
    return engine.fetch(
        "SELECT DISTINCT h.grp, h.member, i.exchange_id FROM harvested h "
        "JOIN exchange_ids i ON i.exchange = h.exchange WHERE h.taken ORDER BY h.grp, h.member, i.exchange_id"
    )
