"""Start a desk that measures itself, in the way in which the command line starts one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fks_desk.app.uncollected import uncollected

REPORT = "report.json"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=None)
    parser.add_argument("--crowd", type=int, default=0)
    arguments = parser.parse_args()
    with uncollected():
        # Qt is loaded here, as by the command line.
        from tests.faults.probed_desk import run_probed

        return run_probed(
            arguments.root,
            seconds=arguments.seconds,
            rate=arguments.rate,
            crowd=arguments.crowd,
        )


if __name__ == "__main__":
    sys.exit(main())
