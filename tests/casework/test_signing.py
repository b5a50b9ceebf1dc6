"""The desk's signing key: made once, readable by its owner alone, and the only one that signs so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.casework.signing import SigningKeyError, open_signing_key, verify
from stillwatch.signals import KeyFileError


def test_it_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "configuration" / "desk-signing.key"
    made = open_signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_signing_key(path) == made
    assert [p.name for p in path.parent.iterdir()] == ["desk-signing.key"]
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


def test_two_processes_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    program = (
        "import sys; from pathlib import Path; from stillwatch.casework.signing import open_signing_key; "
        "print(open_signing_key(Path(sys.argv[1])).public_key)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({process.communicate(timeout=120)[0] for process in running}) == 1


@pytest.mark.parametrize("content", ["", "no hexadecimal", "5b" * 31, "5b" * 33, "5b" * 32 + "5b"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SigningKeyError, match="does not hold 32 bytes") as told:
        open_signing_key(path)
    assert not content or content not in str(told.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    open_signing_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        open_signing_key(path)


def test_a_missing_file_is_an_error_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="no signing key file at"):
        open_signing_key(tmp_path / "key", make=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="--signing-key"):
        open_signing_key(tmp_path)
