"""Print one JSON line per measure; name groups to run them alone: `run.py chart data`."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).parent


def main(wanted: list[str]) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(HERE.parents[1]))
    groups = {file.stem.removeprefix("bench_"): file for file in sorted(HERE.glob("bench_*.py"))}
    unknown = [name for name in wanted if name not in groups]
    if unknown:
        print(f"there is no group {', '.join(unknown)}; there are {', '.join(groups)}")
        return 2
    return max([_run(groups[name]) for name in wanted or groups], default=0)


def _run(file: Path) -> int:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
        for measure in module.measures():
            print(json.dumps(measure), flush=True)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
