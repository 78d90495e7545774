from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QLockFile

from fks_desk.app.claim import LOCK_FILE, claimed
from fks_desk.core.errors import ConfigError

HOLD = """
import sys, time
from pathlib import Path
from fks_desk.app.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def qt_lock(folder):
    lock = QLockFile(str(folder / LOCK_FILE))
    lock.setStaleLockTime(0)
    return lock


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_one_desk_holds_a_folder(tmp_path):
    with claimed(tmp_path), pytest.raises(ConfigError, match="close it first"), claimed(tmp_path):
        pass

    assert list(tmp_path.iterdir()) == []
    with claimed(tmp_path):
        pass


def test_another_folder_is_free(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    with claimed(tmp_path / "a"), claimed(tmp_path / "b"):
        pass


def test_a_window_keeps_a_desk_without_one_out(tmp_path):
    lock = qt_lock(tmp_path)
    assert lock.tryLock(0)

    with pytest.raises(ConfigError, match="works on"), claimed(tmp_path):
        pass

    lock.unlock()
    with claimed(tmp_path):
        pass


def test_a_desk_without_a_window_keeps_one_out(tmp_path):
    lock = qt_lock(tmp_path)

    with claimed(tmp_path):
        assert not lock.tryLock(0)

    assert lock.tryLock(0)
    lock.unlock()


def test_a_desk_that_was_killed_gives_its_folder_up_to_either_kind(tmp_path):
    process = holder(tmp_path)
    with pytest.raises(ConfigError), claimed(tmp_path):
        pass
    assert not qt_lock(tmp_path).tryLock(0)

    process.kill()
    process.communicate()

    lock = qt_lock(tmp_path)
    assert lock.tryLock(0)
    lock.unlock()
    process = holder(tmp_path)
    process.kill()
    process.communicate()
    with claimed(tmp_path):
        pass


def test_an_error_inside_gives_the_folder_up(tmp_path):
    with pytest.raises(ZeroDivisionError), claimed(tmp_path):
        raise ZeroDivisionError

    with claimed(tmp_path):
        pass
