"""In a real browser the page fits a phone. Skipped where there is no Chromium."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stillwatch.report import Result, write_report
from tests.chromium import CHROMIUM

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--hide-scrollbars", "--virtual-time-budget=2000"),
)
# The report carries no script; this frame around it does the measuring.
FRAME = """<!DOCTYPE html><iframe id="page" src="report.html" style="width:390px;height:800px;border:0"></iframe>
<p id="width"></p><script>
const frame = document.getElementById("page");
frame.onload = () => {
  const root = frame.contentDocument.documentElement;
  document.getElementById("width").textContent = "measured " + root.scrollWidth + " of " + root.clientWidth;
};
</script>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")


@pytest.mark.parametrize("name", ["small", "huge", "hostile", "empty"])
def test_nothing_overflows_a_phone(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    result: Result = request.getfixturevalue(name)
    write_report(result, tmp_path)
    (tmp_path / "frame.html").write_text(FRAME)
    dom = browse(tmp_path, "--allow-file-access-from-files", "--dump-dom")
    measured = re.search(r"measured (\d+) of (\d+)", dom)
    assert measured is not None, dom[-400:]
    assert int(measured[1]) <= int(measured[2]) == 390


def browse(folder: Path, *flags: str) -> str:
    profile = f"--user-data-dir={folder / 'profile'}"
    page = (folder / "frame.html").as_uri()
    command = [str(CHROMIUM), *FLAGS, *flags, profile, page]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
