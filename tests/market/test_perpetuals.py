"""The newest state of each perpetual is written, and waits while the database is away."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.model import InstrumentId
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState
from fks_desk.market.perpetuals import PerpetualRecorder
from tests.fakes.market import START, until

STATE = PerpetualState(
    instrument=InstrumentId("v:linear:BTC/USDT"), mark=Decimal(1), ts_event=START, ts_init=START
)


class Table:
    def __init__(self) -> None:
        self.rows, self.is_away = [], False

    async def record_perpetual(self, state: PerpetualState) -> None:
        if self.is_away:
            raise StorageUnavailable("the database is away")
        self.rows.append(state)

    async def perpetuals(self, instrument, limit):
        return self.rows[-limit:]


async def test_only_the_newest_state_of_a_turn_is_written():
    table = Table()
    recorder = PerpetualRecorder(table, every_s=0.01)
    for mark in (1, 2, 3):
        recorder.on_perpetual_moved(PerpetualMoved(state=replace(STATE, mark=Decimal(mark))))
    recorder.start()
    await until(lambda: table.rows, 30)
    await recorder.close()

    assert [state.mark for state in table.rows] == [3]


async def test_what_could_not_be_written_waits_unless_something_newer_came(allow_warnings):
    table = Table()
    recorder = PerpetualRecorder(table)
    table.is_away = True
    recorder.on_perpetual_moved(PerpetualMoved(state=STATE))
    await recorder.flush()
    table.is_away = False
    await recorder.close()

    assert table.rows == [STATE]
