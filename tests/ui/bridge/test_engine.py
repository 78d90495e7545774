import asyncio
import threading

import pytest

from fks_desk.core.errors import DataError, FKSException
from fks_desk.ui.bridge.bridge import Bridge
from tests.fakes.engine import FakeEngine


class Candles:
    """Answer with the thread that ran the call."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.was_cancelled = threading.Event()
        self.raised: Exception | None = None

    async def latest(self, instrument: str, count: int) -> tuple[str, int, str]:
        return instrument, count, threading.current_thread().name

    async def range(self) -> None:
        self.raised = DataError("no such candles", instrument="x")
        raise self.raised

    async def extent(self) -> None:
        self.raised = ZeroDivisionError("a bug")
        raise self.raised

    async def stored(self) -> None:
        self.started.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.was_cancelled.set()


@pytest.fixture
def candles(bridge):
    port = Candles()
    engine = FakeEngine(candles=port)
    engine.attach_to(bridge)
    yield port
    engine.stop()


def test_a_read_runs_on_the_engine_thread_and_is_awaited_here(bridge, candles, run_on_gui):
    answer = run_on_gui(bridge.reads.candles.latest("demo:spot:BTC/USDT", count=3))

    assert answer == ("demo:spot:BTC/USDT", 3, "fake engine")


def test_an_expected_error_comes_back_as_it_is(bridge, candles, run_on_gui):
    with pytest.raises(DataError, match="no such candles") as caught:
        run_on_gui(bridge.reads.candles.range())

    assert caught.value.context == {"instrument": "x"}


@pytest.mark.usefixtures("allow_warnings")
def test_a_bug_comes_back_as_one_kind_of_error(bridge, candles, run_on_gui):
    with pytest.raises(FKSException, match="a bug") as caught:
        run_on_gui(bridge.reads.candles.extent())

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_giving_up_here_cancels_the_work_over_there(bridge, candles, run_on_gui):
    async def give_up() -> None:
        task = asyncio.get_running_loop().create_task(bridge.reads.candles.stored())
        while not candles.started.is_set():
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_on_gui(give_up())

    assert candles.was_cancelled.wait(3)


def test_a_read_before_the_engine_is_there_waits_for_it(run_on_gui, qtbot):
    bridge, engine = Bridge(), FakeEngine(candles=Candles())

    async def read_early() -> object:
        task = asyncio.get_running_loop().create_task(bridge.reads.candles.latest("x", 1))
        hasty = asyncio.get_running_loop().create_task(bridge.reads.candles.latest("y", 1))
        await asyncio.sleep(0.02)
        hasty.cancel()
        engine.attach_to(bridge)
        return await task

    answer = run_on_gui(read_early())
    engine.stop()

    assert answer == ("x", 1, "fake engine")


def test_an_engine_that_ends_in_the_middle_says_so(bridge, candles, run_on_gui):
    async def lose_engine() -> None:
        task = asyncio.get_running_loop().create_task(bridge.reads.candles.stored())
        while not candles.started.is_set():
            await asyncio.sleep(0.005)
        engine_loop = bridge._link.engine.loop
        engine_loop.call_soon_threadsafe(engine_loop.stop)
        with pytest.raises(FKSException, match="stopped before it could answer"):
            await task

    run_on_gui(lose_engine())


def test_any_port_can_hop(bridge, candles, run_on_gui):
    assert run_on_gui(bridge.hop(Candles()).latest("z", 2))[2] == "fake engine"


@pytest.mark.usefixtures("allow_warnings")
def test_an_error_the_engine_keeps_holds_nothing_of_the_window(bridge, candles, run_on_gui):
    with pytest.raises(DataError):
        run_on_gui(bridge.reads.candles.range())
    assert candles.raised.__traceback__ is None

    with pytest.raises(FKSException):
        run_on_gui(bridge.reads.candles.extent())
    assert candles.raised.__traceback__ is None


def test_the_error_of_an_engine_that_failed_holds_none_who_asked(run_on_gui):
    bridge, error = Bridge(), DataError("no engine", place="here")

    async def read_early_and_late() -> None:
        early = asyncio.get_running_loop().create_task(bridge.reads.candles.latest("x", 1))
        await asyncio.sleep(0.02)
        bridge.fail(error)
        for read in (early, bridge.reads.candles.latest("y", 1)):
            with pytest.raises(DataError, match="no engine") as caught:
                await read
            assert caught.value.context == {"place": "here"}

    run_on_gui(read_early_and_late())

    assert error.__traceback__ is None
