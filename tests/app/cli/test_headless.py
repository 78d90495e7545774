from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import pytest

from fks_desk.app.claim import claimed
from fks_desk.app.cli.headless import chosen_world
from fks_desk.app.cli.workplace import workplace
from fks_desk.app.venue_child import read_state
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Timeframe

READY = re.compile(r"READY account=(\w+) venue=(\w+) pid=(\d+) seconds=[\d.]+\n")


class Desk:
    """Hold a desk without a window that runs in a process of its own."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fks_desk", "headless", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "FKS_DATA_FOLDER": str(folder)},
        )

    def ready(self):
        timer = threading.Timer(90, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        return READY.fullmatch(line)

    def end(self, kind=signal.SIGTERM):
        self.process.send_signal(kind)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.fixture
def desks():
    started = []

    def start(folder, *words):
        started.append(Desk(folder, *words))
        return started[-1]

    yield start
    for desk in started:
        if desk.process.poll() is None:
            desk.process.kill()
            desk.process.communicate()


@pytest.fixture
def place(own_root, monkeypatch):
    monkeypatch.setenv("FKS_DATA_FOLDER", str(own_root / "desk"))
    with workplace() as place:
        yield place


@pytest.mark.slow
def test_it_says_ready_keeps_others_out_and_ends_in_order(own_root, desks):
    desk = desks(own_root / "desk")
    ready = desk.ready()

    assert ready is not None, desk.end()
    assert ready.groups()[:2] == ("demo", "demo")
    assert int(ready[3]) == desk.process.pid
    with pytest.raises(ConfigError, match="close it first"), claimed(own_root / "desk"):
        pass
    code, errors = desk.end()
    assert code == 0, errors
    assert "Traceback" not in errors
    assert read_state(own_root / "desk" / "venues" / "demo") is None
    assert not (own_root / "desk" / "desk.lock").exists()


@pytest.mark.slow
def test_a_file_is_replayed_and_the_desk_ends_by_itself(own_root, desks, candles):
    file = candles("LTCUSDT-5m.csv", list(range(100, 400)))

    desk = desks(own_root / "desk", "--replay", file, "--symbol", "LTCUSDT", "--seconds", "1")
    ready = desk.ready()
    _, errors = desk.process.communicate(timeout=60)

    assert ready is not None, errors
    assert ready.groups()[:2] == ("replay", "replay")
    assert desk.process.returncode == 0, errors


def test_an_end_that_comes_before_it_is_ready_leaves_nothing_running(own_root, desks):
    desk = desks(own_root / "desk")
    while not (own_root / "desk" / "desk.lock").exists():
        assert desk.process.poll() is None

    code, errors = desk.end(signal.SIGINT)

    assert "Traceback" not in errors
    assert code in {0, 1, 130}
    assert read_state(own_root / "desk" / "venues" / "demo") is None


def test_a_second_desk_on_the_folder_is_one_sentence(fks, sentence, data_folder):
    data_folder.mkdir(exist_ok=True)
    with claimed(data_folder):
        result = fks("headless")

    assert result.exit_code == 2
    assert "close it first" in sentence(result)


def test_without_a_file_it_lives_in_the_demo_world(place):
    assert chosen_world(place, None, "BTC/USDT", None, 60.0).account.id == "demo"


def test_the_timeframe_of_a_replay_comes_from_the_file_s_name(place, candles):
    world = chosen_world(place, candles("LTCUSDT-15m.csv"), "ltc-usdt", None, 60.0)

    assert world.timeframe is Timeframe.M15
    assert world.watched == ("replay:spot:LTC/USDT",)


def test_a_replay_that_tells_no_timeframe_is_asked_about(place, candles):
    with pytest.raises(ConfigError, match=r"which timeframe has prices\.csv\?"):
        chosen_world(place, candles("prices.csv"), "LTC/USDT", None, 60.0)


def test_a_replay_of_a_missing_file_is_refused(place, tmp_path):
    with pytest.raises(ConfigError, match="there is no file"):
        chosen_world(place, tmp_path / "none-5m.csv", "LTC/USDT", None, 60.0)
