"""What the console logs: each line has its time, whoever wrote it."""

from __future__ import annotations

import re
import subprocess
import sys

PROGRAM = """
import logging
from stillwatch.console.serving import begin_log
begin_log()
logging.getLogger("stillwatch.console").error("the ledger: %s", "the database does not answer")
logging.getLogger("uvicorn.error").warning("something of the server")
logging.getLogger("stillwatch.console").info("nothing to tell")
"""


def test_each_line_of_the_log_has_its_time() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"TZ": "Asia/Tokyo"},
    )
    lines = ended.stderr.splitlines()
    said = [re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.+)", line) for line in lines]
    assert [one[1] for one in said if one] == [
        "ERROR the ledger: the database does not answer",
        "WARNING something of the server",
    ]
    assert len(lines) == 2
