from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.signals.key_file import KeyFileError
from stillwatch.signals.pseudonyms import Key, Pseudonyms, Seal, open_key, shown

ONE, OTHER = Key(b"1" * 32), Key(b"2" * 32)


def test_key_is_made_once_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    assert open_key(path) == open_key(path)
    path.write_text("not a key")
    with pytest.raises(KeyFileError, match="Move it away for a new key"):
        open_key(path)


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=40))
def test_same_value_same_pseudonym(values: list[str | None]) -> None:
    found = Pseudonyms(ONE).of(pa.array(values, pa.string()), "address").to_pylist()
    alone = [Pseudonyms(ONE).one(v, "address") for v in values]
    assert found == alone
    assert [v is None for v in values] == [p is None for p in found]


def test_kinds_and_keys_never_meet() -> None:
    values = {Pseudonyms(k).one("203.0.113.9", kind) for k in (ONE, OTHER) for kind in ("address", "device")}
    assert len(values) == 4


def test_originals_are_told_for_what_was_met_and_asked() -> None:
    names = Pseudonyms(ONE)
    met = names.one("203.0.113.9", "address")
    names.one("203.0.113.10", "address")
    assert met is not None
    assert names.originals("address", {shown(met)}) == {shown(met): "203.0.113.9"}


def test_seal_opens_with_its_key_only() -> None:
    sealed = Seal(ONE).close("card-17")
    assert Seal(ONE).open(sealed) == "card-17"
    assert Seal(ONE).close("card-17") == sealed
    assert b"card" not in sealed
    with pytest.raises(KeyFileError, match="key"):
        Seal(OTHER).open(sealed)
