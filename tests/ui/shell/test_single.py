import subprocess
import sys

import pytest
from PySide6.QtCore import QLockFile

from fks_desk.ui.shell.single import SingleInstance

HOLD = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from fks_desk.ui.shell.single import SingleInstance
app = QCoreApplication([])
one = SingleInstance(folder=Path(sys.argv[1]))
sys.stdout.write(f"{one.claim()}\\n"); sys.stdout.flush()
time.sleep(60)
"""


@pytest.fixture
def first(qapp, tmp_path):
    instance = SingleInstance(folder=tmp_path)
    assert instance.claim()
    yield instance
    instance.release()


def test_a_second_start_raises_the_first_window(first, tmp_path, qtbot):
    with qtbot.waitSignal(first.raise_wanted, timeout=30_000):
        assert SingleInstance(folder=tmp_path).claim() is False


def test_another_folder_is_another_desk(first, tmp_path):
    (tmp_path / "other").mkdir()
    other = SingleInstance(folder=tmp_path / "other")

    assert other.claim()
    other.release()


def test_a_released_folder_can_be_taken_again(first, tmp_path):
    first.release()
    later = SingleInstance(folder=tmp_path)

    assert later.claim()
    later.release()


def test_a_killed_desk_does_not_keep_its_folder(qapp, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "True"
    assert QLockFile(str(tmp_path / "desk.lock")).tryLock(0) is False
    process.kill()
    process.wait(10)
    process.stdout.close()
    instance = SingleInstance(folder=tmp_path)

    assert instance.claim()
    instance.release()
