from __future__ import annotations

import asyncio

import pytest

from fks_desk.core.nursery import Nursery


async def test_work_runs_under_its_name_and_is_let_go() -> None:
    nursery, names = Nursery(), []

    async def work() -> int:
        task = asyncio.current_task()
        assert task is not None
        names.append(task.get_name())
        return 7

    assert await nursery.start(work(), name="count") == 7
    await asyncio.sleep(0)

    assert (names, len(nursery)) == (["count"], 0)


@pytest.mark.allow_warnings
async def test_a_failure_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[str, BaseException]] = []
    nursery = Nursery(lambda name, error: told.append((name, error)))

    async def work() -> None:
        raise KeyError("x")

    task = nursery.start(work(), name="fall")
    await asyncio.wait([task])
    await asyncio.sleep(0)

    assert told[0][0] == "fall"
    assert "task fall failed" in caplog.text


@pytest.mark.allow_warnings
async def test_a_failure_without_an_ear_is_logged() -> None:
    nursery = Nursery()

    async def work() -> None:
        raise KeyError("x")

    await asyncio.wait([nursery.start(work(), name="fall")])
    await nursery.close()


async def test_closing_ends_what_still_runs() -> None:
    nursery, ended = Nursery(), []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    nursery.start(work(), name="wait")
    await asyncio.sleep(0)
    await nursery.close()

    assert ended == [True]
    assert len(nursery) == 0


@pytest.mark.allow_warnings
async def test_work_that_does_not_end_is_named(caplog: pytest.LogCaptureFixture) -> None:
    nursery, release = Nursery(), asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = nursery.start(stubborn(), name="stubborn")
    await asyncio.sleep(0)
    await nursery.close(timeout_s=0.01)

    assert "task stubborn did not end within 0.0 s" in caplog.text
    release.set()
    await task
