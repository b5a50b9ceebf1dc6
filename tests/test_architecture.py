"""The road goes one way: records <- engine <- stages <- road <- doors. The product never imports the range."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
ORDER = (
    "on_demand",
    "records",
    "engine",
    "intake",
    "signals",
    "store",
    "links",
    "campaigns",
    "exposure",
    "report",
    "provenance",
    "progress",
    "casework",
    "dossier",
    "road",
    "access",
    "console",
    "cli",
)
"""A package may import those before it, and itself."""
SIDEWAYS = {("signals", "intake"), ("links", "intake"), ("campaigns", "intake"), ("intake", "engine")} | {
    ("store", "engine"),
    *((stage, "store") for stage in ("links", "campaigns", "exposure", "report", "cli")),
    *(("provenance", stage) for stage in ("engine", "signals", "store", "links", "campaigns", "exposure", "report")),
    ("road", "provenance"),
    ("road", "dossier"),
    *(
        (desk, stage)
        for desk in ("casework", "dossier", "access")
        for stage in ("links", "campaigns", "store", "engine")
    ),
    ("access", "dossier"),
}
"""Neighbours that must not meet: only the road joins the door with what comes after it. Provenance stands beside the
road: it reads answers of models, no log."""


def _modules(package: str) -> Iterator[Path]:
    yield from sorted((SOURCE / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _layer(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "stillwatch" and len(parts) > 1 and parts[1] in ORDER else None


@pytest.mark.parametrize("path", list(_modules("stillwatch")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_one_way(path: Path) -> None:
    here = _layer(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    for module in _imports(path):
        assert not module.startswith("testrange"), "the product never imports the range"
        there = _layer(module)
        if here and there:
            assert ORDER.index(there) <= ORDER.index(here), f"{here} must not import {there}"
            assert (here, there) not in SIDEWAYS


SIGNALS_FORM = SOURCE / "testrange" / "scale" / "signals.py"
"""Calls the door with records that are finished, so that a large world need not keep its texts."""


@pytest.mark.parametrize("path", list(_modules("testrange")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_range_uses_no_detector(path: Path) -> None:
    for module in _imports(path):
        allowed = {"signals"} if path == SIGNALS_FORM else set()
        assert _layer(module) not in {"signals", "links", "campaigns", "exposure"} - allowed, module


@pytest.mark.parametrize("package", ["stillwatch", "testrange"])
def test_files_stay_readable(package: str) -> None:
    long = {str(p): n for p in _modules(package) if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def test_no_pickle_and_no_socket_in_the_product() -> None:
    banned = {"pickle", "socket", "requests", "httpx", "httpx2", "urllib.request", "http.client", "joblib", "dill"}
    # Who signs in through a provider is vouched for by it: the one place that asks anybody anything.
    allowed = {SOURCE / "stillwatch" / "access" / "oidc.py": {"httpx2"}}
    for path in _modules("stillwatch"):
        assert not (banned - allowed.get(path, set())) & set(_imports(path)), path
