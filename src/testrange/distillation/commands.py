"""`stillwatch-range`, as far as it works without PyTorch: it says what is missing, or hands over to `program`."""

from __future__ import annotations

import importlib.util
import os
import sys

NEEDED = (
    "stillwatch-range: PyTorch and safetensors are missing. "
    "Install them with `make range`, or `pip install 'stillwatch[range]'`.\n"
)


def main() -> None:
    """The program. Mistakes of the user end with one line and exit code 2."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "safetensors")):
        sys.stderr.write(NEEDED)
        sys.exit(2)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin where other work has the cores
    from testrange.distillation.program import run  # noqa: PLC0415  (needs PyTorch)

    run()


if __name__ == "__main__":
    main()
