import subprocess
import sys

import talib

from fks_desk.strategy.formulas import described, library, streaming


def test_the_library_is_found_with_its_metadata_and_its_streams():
    assert library() is talib
    assert described("RSI").info["group"] == "Momentum Indicators"
    assert streaming("RSI") is talib.stream.RSI


def test_listing_strategies_does_not_load_the_library():
    look = "import sys, fks_desk.strategy.catalog; sys.exit('talib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


LIGHT = """
import sys
import numpy as np
from fks_desk.strategy import catalog
from fks_desk.strategy.formulas import described, library, streaming
prices = np.arange(10.0)
print(library().SMA(prices, timeperiod=3)[-1], described("RSI").lookback, "pandas" in sys.modules)
import pandas
print(library().SMA(prices, timeperiod=3)[-1], pandas.Series([1.0]).sum())
"""
AFTER = """
import pandas
from fks_desk.strategy.formulas import library
print(type(library().SMA(pandas.Series([1.0, 2.0, 3.0]), timeperiod=2)).__name__)
"""


def run(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.split()


def test_a_formula_loads_no_data_frames() -> None:
    assert run(LIGHT) == ["8.0", "14", "False", "8.0", "1.0"]


def test_frames_that_are_there_already_are_taken() -> None:
    assert run(AFTER) == ["Series"]
