import json
import os
import subprocess
import sys

import psutil
import pytest

from fks_desk.app.caretaker import CARETAKER_FILE, is_cared_for, take_care


def test_a_living_desk_cares_for_the_folder(tmp_path):
    take_care(tmp_path / "demo")

    assert is_cared_for(tmp_path / "demo")


def test_nobody_cares_for_a_folder_that_nobody_took(tmp_path):
    assert not is_cared_for(tmp_path)


def test_a_dead_desk_does_not_care_any_more(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = psutil.Process(process.pid).create_time()
    (tmp_path / CARETAKER_FILE).write_text(json.dumps({"pid": process.pid, "began": began}))
    assert is_cared_for(tmp_path)

    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()

    assert not is_cared_for(tmp_path)


def test_a_stranger_with_the_same_number_does_not_care(tmp_path):
    words = json.dumps({"pid": os.getpid(), "began": 1.0})
    (tmp_path / CARETAKER_FILE).write_text(words)

    assert not is_cared_for(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "began": 1}'])
def test_a_damaged_file_is_nobody(tmp_path, text):
    (tmp_path / CARETAKER_FILE).write_text(text)

    assert not is_cared_for(tmp_path)
