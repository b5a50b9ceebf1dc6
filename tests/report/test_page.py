from pathlib import Path

from stillwatch.report import Result, write_report


def test_x(small: Result, tmp_path: Path) -> None:
    write_report(small, tmp_path)
