from __future__ import annotations

import asyncio

import pytest

from fks_desk.backtest.worker import BacktestWorker
from tests.fakes import workers


@pytest.fixture(scope="session")
def warm_worker():
    """Lend one real, warm worker to every test that does not break it."""
    yield from _lent(BacktestWorker())


@pytest.fixture(scope="session")
def crawling_worker():
    """Lend a real worker that is slow enough to be interfered with."""
    yield from _lent(BacktestWorker(main=workers.crawling))


@pytest.fixture
def light_worker():
    """Lend a process that starts at once and may be killed."""
    yield from _lent(BacktestWorker(main=workers.light))


def _lent(worker):
    asyncio.run(worker.start())
    yield worker
    asyncio.run(worker.close())
