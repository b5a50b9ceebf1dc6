"""A secret in a file: made once, readable by its owner alone, whole or not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.signals import KeyFile, KeyFileError


def _file(path: Path) -> KeyFile:
    return KeyFile(path, title="key file", option="--key", when_damaged="Move it.", when_missing="Name it.")


def test_it_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "configuration" / "key"
    made = _file(path).secret()
    assert path.stat().st_mode & 0o777 == 0o600
    assert _file(path).secret() == made
    assert [p.name for p in path.parent.iterdir()] == ["key"]


def test_two_processes_agree_on_one_secret(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from stillwatch.signals import KeyFile; "
        "print(KeyFile(Path(sys.argv[1]), '', '', '', '').secret().hex())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "key")], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = {process.communicate(timeout=120)[0].strip() for process in running}
    assert said == {_file(tmp_path / "key").secret(make=False).hex()}


@pytest.mark.parametrize("content", ["", "no hexadecimal", "5b" * 31, "5b" * 33, "5b" * 32 + "5b"])
def test_a_damaged_file_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=r"does not hold 32 bytes in hexadecimal\. Move it") as told:
        _file(path).secret()
    assert not content or content not in str(told.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    _file(path).secret()
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        _file(path).secret()


def test_a_missing_file_is_an_error_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"no key file at .*Name it"):
        _file(tmp_path / "key").secret(make=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="--key"):
        _file(tmp_path).secret()
