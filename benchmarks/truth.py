"""The truth bench: `make bench-truth`. See `docs/truth.md` for what it measures."""

from __future__ import annotations

from pathlib import Path

from testrange.bench.command import main

if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent)
