from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.records import MEMBERS, SHARED
from stillwatch.report.names import FILE, open_names, seal_names
from stillwatch.signals import Key, KeyFileError, Signaller
from stillwatch.signals.pseudonyms import shown

KEY, OTHER = Key(b"k" * 32), Key(b"o" * 32)


def _tables(members: list[str], shared: list[tuple[str, str]]) -> dict[str, pa.Table]:
    rows = [{"campaign_id": "C-1", "account_id": name, "role": "mixed"} for name in members]
    values = [{"campaign_id": "C-1", "detector": detector, "value": value} for detector, value in shared]
    return {
        "members": pa.Table.from_pylist(rows, schema=MEMBERS.arrow),
        "shared": pa.Table.from_pylist(values, schema=SHARED.arrow),
    }


def _pseudonym(signaller: Signaller, value: str, kind: str) -> str:
    found = signaller.pseudonyms.one(value, kind)
    assert found is not None
    return shown(found)


def _sealed(folder: Path, signaller: Signaller, tables: dict[str, pa.Table]) -> pa.Table:
    sealed = seal_names(tables, signaller)
    pq.write_table(sealed, folder / FILE)
    return sealed


def test_what_a_result_shows_can_be_read_with_the_key(tmp_path: Path) -> None:
    signaller = Signaller(KEY, pseudonymise_accounts=True)
    kinds = {
        "payment": ("card-17", "payment"),
        "device": ("dev-3", "device"),
        "signup_address": ("203.0.113.9", "address"),
        "address": ("198.51.100.4", "address"),
        "email_domain": ("mail.example", "email_domain"),
        "client": ("python/3.12\nt13d", "client"),
    }
    values = [(detector, _pseudonym(signaller, *original)) for detector, original in kinds.items()]
    hidden = signaller.account_ids(pa.array(["ada"])).to_pylist()
    _sealed(tmp_path, signaller, _tables(hidden, values))
    names = open_names(tmp_path, KEY)
    assert names == dict(zip([v for _, v in values], [o for o, _ in kinds.values()], strict=True)) | {hidden[0]: "ada"}


def test_what_a_result_does_not_show_is_not_kept(tmp_path: Path) -> None:
    signaller = Signaller(KEY)
    shared = [("payment", _pseudonym(signaller, "card-1", "payment"))]
    for stranger in ("card-2", "card-3"):
        signaller.pseudonyms.one(stranger, "payment")
    signaller.pseudonyms.one("card-1", "device")
    _sealed(tmp_path, signaller, _tables(["ada"], shared))
    assert list(open_names(tmp_path, KEY).values()) == ["card-1"]


def test_wordings_have_no_name(tmp_path: Path) -> None:
    signaller = Signaller(KEY)
    sealed = _sealed(tmp_path, signaller, _tables([], [("wording", "00ff00ff00ff00ff")]))
    assert sealed.num_rows == 0
    assert open_names(tmp_path, KEY) == {}


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    signaller = Signaller(KEY)
    _sealed(tmp_path, signaller, _tables([], [("payment", _pseudonym(signaller, "card-1", "payment"))]))
    with pytest.raises(KeyFileError):
        open_names(tmp_path, OTHER)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    signaller = Signaller(KEY)
    sealed = _sealed(tmp_path, signaller, _tables([], [("payment", _pseudonym(signaller, "card-1", "payment"))]))
    raw = sealed["sealed"][0].as_py()
    changed = pa.array([bytes([raw[0] ^ 1]) + raw[1:]], pa.binary())
    pq.write_table(sealed.set_column(1, "sealed", changed), tmp_path / FILE)
    with pytest.raises(KeyFileError, match="changed"):
        open_names(tmp_path, KEY)


def test_the_same_names_are_sealed_to_the_same_bytes_in_a_fixed_order(tmp_path: Path) -> None:
    values = ["card-1", "card-2", "card-3"]
    found = []
    for order in (values, values[::-1]):
        signaller = Signaller(KEY)
        shared = [("payment", _pseudonym(signaller, v, "payment")) for v in order]
        found.append(seal_names(_tables([], shared), signaller))
    assert found[0].equals(found[1])
    assert found[0]["pseudonym"].to_pylist() == sorted(found[0]["pseudonym"].to_pylist())


def test_a_result_without_names_has_none(tmp_path: Path) -> None:
    assert open_names(tmp_path, KEY) == {}
