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
