import subprocess
import sys


def test_the_desk_can_name_the_worker_without_loading_its_engine():
    look = (
        "import sys, fks_desk.backtest.service;"
        "sys.exit(any(name in sys.modules for name in ('numba', 'talib', 'empyrical', 'pandas')))"
    )

    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
