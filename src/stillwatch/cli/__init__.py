"""The command line: a thin door. No detection logic lives here.

Exit codes: 0 nobody is accused, 3 somebody is accused, 2 bad input, 1 a fault of ours.

What a command needs is imported when it runs: the engine, the compiler and the statistics take seconds to load, and
`--version` and `--help` need none of them.
"""

from stillwatch.cli.app import main

__all__ = ["main"]
