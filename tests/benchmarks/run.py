"""Print one JSON line per measure; name groups to run them alone: `run.py chart data`."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).parent


def main(wanted: list[str]) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(HERE.parents[1]))
    known = groups()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no group {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    files = dict.fromkeys(file for name in wanted or known for file in known[name])
    return max([_run(HERE / file) for file in files], default=0)


def groups() -> dict[str, list[str]]:
    """Return the files of each group; `bench_data_feed.py` is of `data`, and one by itself."""
    made: dict[str, list[str]] = {}
    for file in sorted(HERE.glob("bench_*.py")):
        whole = file.stem.removeprefix("bench_")
        for name in dict.fromkeys((whole.partition("_")[0], whole)):
            made.setdefault(name, []).append(file.name)
    return made


def _run(file: Path) -> int:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    group = file.stem.split("_")[1]
    try:
        spec.loader.exec_module(module)
        for measure in module.measures():
            print(measure.line(), flush=True)
            assert measure.group == group, f"{measure.measure} is not of the group {group}"
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
