"""The desk's signing key: the only one that signs so."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.casework.signing import open_signing_key, verify
from stillwatch.signals import KeyFileError


def test_it_is_kept_and_not_shown(tmp_path: Path) -> None:
    made = open_signing_key(tmp_path / "key")
    assert open_signing_key(tmp_path / "key") == made
    assert made.seed.hex() not in repr(made)


def test_only_its_signature_over_the_same_bytes_verifies(tmp_path: Path) -> None:
    key, other = open_signing_key(tmp_path / "a"), open_signing_key(tmp_path / "b")
    signature = key.sign(b"entry 7")
    assert verify(key.public_key, signature, b"entry 7")
    assert key.sign(b"entry 7") == signature
    assert not verify(key.public_key, signature, b"entry 8")
    assert not verify(other.public_key, signature, b"entry 7")
    assert not verify(key.public_key, other.sign(b"entry 7"), b"entry 7")
    for nonsense in ("", "zz", "00", signature[:-2], signature + "00"):
        assert not verify(key.public_key, nonsense, b"entry 7")
        assert not verify(nonsense, signature, b"entry 7")


def test_the_first_test_vector_of_rfc_8032(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n")
    path.chmod(0o600)
    key = open_signing_key(path)
    assert key.public_key == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88")


def test_a_missing_key_is_an_error_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"no signing key file at .*--signing-key"):
        open_signing_key(tmp_path / "key", make=False)


def test_a_damaged_key_is_put_back_and_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("5b" * 31)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="Put the desk's own key back"):
        open_signing_key(path)
