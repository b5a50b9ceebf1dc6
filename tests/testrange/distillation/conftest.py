"""Tests of the range's own models. Those that need PyTorch are skipped without it, and say so."""

from __future__ import annotations

import importlib.util
import socket

import pytest

NEEDS_TORCH = "needs PyTorch and safetensors: `make range` installs them"
HAS_TORCH = all(importlib.util.find_spec(name) is not None for name in ("torch", "safetensors"))
WITHOUT = ("test_tasks.py", "test_gain.py", "test_commands.py", "test_held_out.py")


def pytest_ignore_collect(collection_path: object) -> bool | None:
    """Files that import PyTorch are not opened without it; `test_commands.py` tells the skip."""
    name = str(collection_path).rpartition("/")[2]
    ours = name.startswith("test_") and name not in WITHOUT and "/traffic/" not in str(collection_path)
    return True if ours and not HAS_TORCH else None


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Threads of several test runs on one machine would wait for each other."""
    if HAS_TORCH:
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of the range opens a socket: what it runs cannot either."""

    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("the range opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
