from __future__ import annotations

import shutil
from collections import namedtuple
from types import SimpleNamespace

import pytest

from fks_desk.app.health import (
    HealthChecks,
    clock_health,
    disk_health,
    health_job,
    limits_health,
    streams_health,
    worker_health,
)
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.resilience.breaker import BreakerState

GIB = 1024**3
Usage = namedtuple("Usage", "total used free")


async def good():
    return HealthMoved(part="worker", state=HealthState.GOOD, detail="process 7")


async def away():
    raise StorageUnavailable("the database does not answer")


async def unplugged():
    raise FileNotFoundError(2, "No such file or directory", "/gone")


@pytest.fixture
def told():
    return []


def checks(told, **parts):
    return HealthChecks(checks=parts, publish=told.append)


async def test_every_part_is_told(told):
    answers = await checks(told, worker=good, database=away).run()

    assert told == list(answers)
    assert [health.part for health in told] == ["worker", "database"]


async def test_a_part_that_cannot_answer_is_bad_with_its_own_sentence(told):
    await checks(told, database=away, disk=unplugged, worker=good).run()

    assert [health.state for health in told] == [HealthState.BAD, HealthState.BAD, HealthState.GOOD]
    assert told[0].detail == "the database does not answer"
    assert told[1].detail == "cannot be looked at: No such file or directory"


async def test_a_bug_in_a_check_is_not_taken_for_bad_health(told):
    async def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await checks(told, worker=broken).run()


async def test_the_scheduled_task_keeps_what_was_found(told):
    job = health_job(checks(told, worker=good, database=away))

    context = JobContext(progress=lambda _fraction, _note: None, cancel=CancelToken())
    found = await job.run(context, {})

    assert job.cron == "*/5 * * * *"
    assert found == {
        "worker": {"state": "good", "detail": "process 7"},
        "database": {"state": "bad", "detail": "the database does not answer"},
    }


@pytest.mark.parametrize(
    ("offset", "state"),
    [
        (0.0, HealthState.GOOD),
        (-499.0, HealthState.GOOD),
        (500.0, HealthState.WARNING),
        (-1_999.0, HealthState.WARNING),
        (2_000.0, HealthState.BAD),
        (-60_000.0, HealthState.BAD),
    ],
)
def test_a_clock_is_judged_by_its_distance_from_the_exchange(offset, state):
    health = clock_health(offset)

    assert health.state is state
    assert health.detail == f"{offset:+.0f} ms against the exchange"
    assert bool(health.next_step) == (state is not HealthState.GOOD)


@pytest.mark.parametrize(
    ("free", "state"),
    [(2 * GIB, HealthState.GOOD), (GIB, HealthState.WARNING), (GIB // 5, HealthState.BAD)],
)
def test_a_disk_is_judged_by_what_is_free(monkeypatch, tmp_path, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10 * GIB, 0, free))

    health = disk_health(tmp_path)

    assert health.state is state
    assert (str(tmp_path) in health.next_step) == (state is not HealthState.GOOD)


def test_the_real_disk_gives_an_answer(tmp_path):
    assert disk_health(tmp_path).detail.endswith("GiB free")


def test_a_worker_is_well_once_it_is_warm():
    worker = BacktestWorker()

    assert worker_health(worker).state is HealthState.STARTING


def gate(**state):
    return SimpleNamespace(**{"used_weight": 1200, "weight_limit": 6000, "held_s": 0.0, **state})


def breaker(state=BreakerState.CLOSED):
    return SimpleNamespace(state=state, failures=5, timeout=60.0)


def test_limits_are_well_while_nobody_asks_for_a_pause():
    health = limits_health({"demo": (gate(), breaker())})

    assert (health.state, health.detail) == (HealthState.GOOD, "demo 1,200 of 6,000 weight")


def test_a_pause_is_bad_and_an_open_breaker_a_warning():
    held = limits_health({"a": (gate(held_s=90.0), breaker()), "b": (gate(), breaker())})
    open_one = limits_health({"a": (gate(), breaker(BreakerState.OPEN))})

    assert held.state is HealthState.BAD
    assert "a wants to be left alone for 90 s more; b 1,200" in held.detail
    assert (open_one.state, open_one.next_step) == (
        HealthState.WARNING,
        "a is tried again every 60 s.",
    )


def test_frames_that_took_the_slower_way_are_told():
    def streams(read, detail):
        lane = SimpleNamespace(read=read, detail=detail)
        return SimpleNamespace(arrivals=SimpleNamespace(lane=lane))

    assert streams_health(streams(0, ""), "demo").detail == "connected to demo"
    assert (
        streams_health(streams(1500, ""), "demo").detail == "connected to demo, 1,500 frames read"
    )
    slower = streams_health(streams(5, "3 frames (trade) took ccxt's slower way"), "demo")
    assert slower.state is HealthState.WARNING
    assert slower.next_step
