from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from testrange.distillation import commands
from tests.testrange.distillation.conftest import HAS_TORCH, NEEDS_TORCH


def test_models_of_the_range() -> None:
    """Stands for the tests of this folder where they cannot run."""
    if not HAS_TORCH:
        pytest.skip(NEEDS_TORCH)


def test_without_pytorch_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        commands.main()
    assert stopped.value.code == 2
    assert "make range" in capsys.readouterr().err


@pytest.mark.skipif(not HAS_TORCH, reason=NEEDS_TORCH)
def test_a_file_that_is_no_model_ends_with_one_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("models")
    bad = folder / "bad.safetensors"
    bad.write_bytes(b"not a model")
    call = [sys.executable, "-m", "testrange.distillation.commands", "curve", "--teacher", str(bad), "--out", "x"]
    found = subprocess.run(call, capture_output=True, text=True, cwd=folder, check=False)
    assert found.returncode == 2
    assert "stillwatch-range teacher" in found.stderr
    assert "Traceback" not in found.stderr
