from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import fks_desk
from fks_desk.app.cli.main import app

COMMANDS = (
    "demo", "headless", "venue", "import", "export", "backtest", "db", "doctor",
    "db status", "db backup", "db restore", "db url", "db stop",
)  # fmt: skip
HEAVY = ("numpy", "pandas", "pyarrow", "sqlalchemy", "psycopg", "ccxt", "aiohttp", "numba",
         "pydantic", "PySide6", "rich", "talib")  # fmt: skip


def invoke(*words):
    return CliRunner().invoke(app, list(words))


def test_the_help_lists_every_command_and_the_exit_codes():
    result = invoke("--help")

    assert result.exit_code == 0
    for command in COMMANDS[:8]:
        assert f"\n  {command} " in result.stdout
    assert "Exit codes: 0 done" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_its_exit_codes(command):
    result = invoke(*command.split(), "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    if command != "demo":
        assert "Exit codes: 0" in result.stdout


def test_the_version_is_the_package_s():
    assert invoke("--version").stdout == f"fks-desk {fks_desk.__version__}\n"


def test_an_unknown_command_is_a_wrong_command():
    result = invoke("trade")

    assert result.exit_code == 2
    assert "No such command 'trade'" in result.stderr


def test_the_help_loads_nothing_heavy():
    code = (
        "import sys, contextlib, io\n"
        "from fks_desk.app.cli.main import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    app(['--help'])\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_a_second_process_speaks_to_the_same_folder(fks, candles, data_folder):
    assert fks("import", candles("ATOMUSDT-5m.csv")).exit_code == 0
    environment = {**os.environ, "FKS_DATA_FOLDER": str(data_folder)}
    words = [sys.executable, "-m", "fks_desk", "import", str(candles("ATOMUSDT-5m.csv"))]

    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env=environment, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert "unchanged   50" in done.stdout


def test_a_failing_process_prints_one_sentence_and_no_traceback(tmp_path, own_root):
    environment = {**os.environ, "FKS_DATA_FOLDER": str(own_root / "desk")}
    words = [sys.executable, "-m", "fks_desk", "import", str(tmp_path / "BTCUSDT-1h.csv")]

    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env=environment, timeout=60
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("fks-desk: ")
    assert done.stderr.count("\n") == 1
