from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import urllib.request

import psutil
import pytest

from fks_desk.app import venue_child
from fks_desk.app.venue_child import STATE_FILE, VenueChild, read_state, write_state
from fks_desk.core.errors import ConfigError, FeedUnavailable

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def answers(link):
    with urllib.request.urlopen(f"http://127.0.0.1:{link.port}/api/v3/time", timeout=30) as reply:
        return "serverTime" in json.load(reply)


def venues_of(folder):
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in (process.info["cmdline"] or ())
    ]


def kept(folder, pid):
    """Write the state of a venue that runs as the process."""
    write_state(folder, port=1, api_key="key", secret="secret")
    state = json.loads((folder / STATE_FILE).read_text())
    (folder / STATE_FILE).write_text(json.dumps({**state, "pid": pid}))


@pytest.fixture
def stranger():
    started = []

    def start(*words):
        started.append(subprocess.Popen([*SLEEP, *words]))
        return started[-1].pid

    yield start
    for process in started:
        process.kill()
        process.wait()


async def test_a_venue_is_started_found_again_and_stopped(tmp_path):
    first, second = (VenueChild(folder=tmp_path, arguments=()) for _ in range(2))

    link = await first.start()
    found = await second.start()

    assert answers(link)
    assert found == link
    assert (first.was_running, second.was_running) == (False, True)
    assert first.is_alive()
    await second.stop()
    assert not first.is_alive()
    assert read_state(tmp_path) is None
    assert venues_of(tmp_path) == []
    assert not (tmp_path / STATE_FILE).exists()
    await first.stop()


async def test_a_venue_that_was_killed_is_started_anew_with_the_same_keys(tmp_path):
    child = VenueChild(folder=tmp_path, arguments=())
    before = await child.start()
    psutil.Process(before.pid).kill()
    while child.is_alive():
        await asyncio.sleep(0.01)

    after = await child.start()

    assert after.pid != before.pid
    assert (after.api_key, after.secret) == (before.api_key, before.secret)
    await child.stop()


async def test_the_reason_of_a_venue_that_cannot_start_is_told(tmp_path):
    child = VenueChild(folder=tmp_path, arguments=("--replay", str(tmp_path / "none.csv")))

    with pytest.raises(ConfigError, match=r"did not start: .*none\.csv does not exist"):
        await child.start()


async def test_a_start_that_is_given_up_leaves_no_process(tmp_path):
    child = VenueChild(folder=tmp_path, arguments=())
    starting = asyncio.get_running_loop().create_task(child.start())
    while not venues_of(tmp_path):
        await asyncio.sleep(0.01)

    starting.cancel()
    await asyncio.wait({starting})

    assert starting.cancelled()
    assert venues_of(tmp_path) == []


async def test_a_venue_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(venue_child, "START_WITHIN_S", 0.05)

    with pytest.raises(FeedUnavailable, match="did not start within"):
        await VenueChild(folder=tmp_path, arguments=()).start()

    assert venues_of(tmp_path) == []


async def test_stopping_what_was_never_started_is_harmless(tmp_path):
    await VenueChild(folder=tmp_path, arguments=()).stop()


def test_the_keys_are_for_this_user_s_eyes_alone(tmp_path):
    write_state(tmp_path, port=1, api_key="key", secret="hidden")

    file = tmp_path / STATE_FILE
    state = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert state == {"pid": os.getpid(), "port": 1, "api_key": "key", "secret": "hidden"}


def test_a_link_does_not_show_its_keys():
    link = venue_child.VenueLink(pid=1, port=2, api_key="hidden", secret="hidden")

    assert "hidden" not in repr(link)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "stranger": 2}'])
def test_a_damaged_state_is_no_venue(tmp_path, text):
    (tmp_path / STATE_FILE).write_text(text)

    assert read_state(tmp_path) is None


def test_a_number_that_belongs_to_somebody_else_now_is_no_venue(tmp_path, stranger):
    kept(tmp_path, stranger())

    assert read_state(tmp_path) is None


def test_the_venue_of_another_folder_is_not_ours(tmp_path, stranger):
    kept(tmp_path, stranger("venue", "--data", str(tmp_path / "other")))
    assert read_state(tmp_path) is None

    kept(tmp_path, stranger("venue", "--data", str(tmp_path)))
    assert read_state(tmp_path) is not None


def test_a_dead_venue_that_nobody_buried_is_none(tmp_path):
    process = subprocess.Popen([*SLEEP, "venue"])
    kept(tmp_path, process.pid)
    assert read_state(tmp_path) is not None

    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass

    assert read_state(tmp_path) is None
    process.wait()
