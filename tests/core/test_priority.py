import os
import subprocess
import sys

import pytest

from fks_desk.core.priority import step_back


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_a_helper_that_steps_back_gives_way_to_the_others(monkeypatch):
    asked = []
    monkeypatch.setattr(os, "nice", asked.append)

    step_back()

    assert asked == [5]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_the_system_lets_a_process_step_back():
    code = "import os; from fks_desk.core.priority import step_back; step_back(); print(os.nice(0))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) >= 5
