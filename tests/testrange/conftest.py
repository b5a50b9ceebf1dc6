from __future__ import annotations

from dataclasses import replace

import pytest

from testrange.presets import reports, small
from testrange.reading import WorldTables, read_world
from testrange.twins import all_twins
from testrange.worlds import World, write_world


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> WorldTables:
    out = tmp_path_factory.mktemp("small")
    write_world(small(), out)
    return read_world(out)


@pytest.fixture(scope="session")
def every_campaign(tmp_path_factory: pytest.TempPathFactory) -> WorldTables:
    """All campaigns at half size among few others."""
    out = tmp_path_factory.mktemp("campaigns")
    world = World(11, 14, accounts=600, exchanges=6_000, campaigns=reports().campaigns, scale=0.5)
    write_world(replace(world, twins=all_twins(0.1, 0.1)), out)
    return read_world(out)
