import multiprocessing
import threading

import pytest

from fks_desk.backtest import serve
from fks_desk.backtest.wire import Cancel, Failed, Finished, Progress, Task
from fks_desk.core.model import RunId
from tests.backtest.specs import spec_of
from tests.fakes.candles import walk


@pytest.fixture
def pipes():
    ours, theirs = multiprocessing.Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


def task(run="r-1", **changes):
    frame = walk(300)
    return Task(run=RunId(run), spec=spec_of(frame, **changes), frame=frame)


def test_it_tells_progress_and_hands_the_report_over(pipes):
    ours, theirs = pipes
    answer = serve.answer(task(), theirs)

    assert isinstance(answer, Finished)
    assert isinstance(ours.recv(), Progress)


def test_a_cancel_of_another_run_changes_nothing_and_one_of_this_run_stops_it(pipes):
    ours, theirs = pipes
    ours.send(Cancel(run=RunId("r-0")))
    assert isinstance(serve.answer(task(), theirs), Finished)
    ours.send(Cancel(run=RunId("r-1")))

    assert serve.answer(task(), theirs) == Failed(
        run=RunId("r-1"), reason="the backtest was cancelled", was_cancelled=True
    )


def test_a_refusal_is_an_answer(pipes):
    answer = serve.answer(task(params={"fast": 0}), pipes[1])

    assert answer == Failed(run=RunId("r-1"), reason="SMA cross: need 1 <= fast <= 500, was 0")


def test_a_bug_is_an_answer_with_its_traceback(pipes, monkeypatch):
    def broken(*_arguments, **_named):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(serve, "run_backtest", broken)
    answer = serve.answer(task(), pipes[1])

    assert answer.reason == "the backtest failed: a bug; the log has the details"
    assert "ZeroDivisionError: a bug" in answer.traceback


def test_it_ends_when_the_desk_is_gone():
    ours, theirs = multiprocessing.Pipe()
    serving = threading.Thread(target=serve.serve, args=(theirs,))
    serving.start()
    assert ours.recv() is not None
    ours.close()
    serving.join(5)

    assert not serving.is_alive()
    theirs.close()
