"""What belongs to the window's thread is destroyed there, whoever makes the garbage."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from fks_desk.app.collector import Collector

pytestmark = pytest.mark.gui


class Loop:
    """Be garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


def busy() -> None:
    """Allocate far more than makes Python collect by itself."""
    kept = [[number] for number in range(200_000)]
    kept.clear()


def run_in_a_thread(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def collector(qapp):
    made = Collector(qapp)
    made.start()
    yield made
    made.stop()
    made.deleteLater()


def test_garbage_of_the_window_is_not_collected_on_another_thread(qtbot, collector):
    died_on = []
    loop = Loop()
    weakref.finalize(loop, lambda: died_on.append(threading.get_ident()))
    del loop
    run_in_a_thread(busy)
    assert died_on == []

    kept = [[number] for number in range(5_000)]
    qtbot.waitUntil(lambda: died_on != [], timeout=30_000)

    assert died_on == [threading.get_ident()]
    assert len(kept) == 5_000


def test_afterwards_python_collects_by_itself_again(collector):
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
