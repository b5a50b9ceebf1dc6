"""The command line: a thin door. No detection logic lives here.

Exit codes: 0 nothing found, 3 campaigns found, 2 bad input, 1 a fault of ours.
"""

from stillwatch.cli.app import main

__all__ = ["main"]
