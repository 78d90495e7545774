"""Old candles of any exchange are closed, ordered and honest about where they come from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.unified import history as module
from fks_desk.core.clock import from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Provenance, Timeframe

SINCE = from_ms(1_700_000_040_000)


async def test_old_candles_come_in_order_with_their_digits(kraken):
    (btc,) = await kraken.market.instruments()
    rows = await kraken.history.history(btc, Timeframe.M1, SINCE, 10)

    assert [one.opened for one in rows] == [SINCE + Timeframe.M1.delta * n for n in range(3)]
    assert (rows[0].close, rows[0].volume) == (Decimal("35005.5"), Decimal("12.5"))
    assert {one.provenance for one in rows} == {Provenance.BACKFILLED}
    assert all(one.is_closed for one in rows)


async def test_a_timeframe_that_is_not_offered_is_named(kraken):
    (btc,) = await kraken.market.instruments()
    with pytest.raises(DataError, match="kraken has no candles of 3m; it has 1m, 5m"):
        await kraken.history.history(btc, Timeframe.M3, SINCE, 10)


async def test_the_clock_is_asked_where_there_is_one(kraken, monkeypatch):
    # However long a busy machine takes: what is looked at is whose clock it is.
    monkeypatch.setattr(module, "_LONGEST_ROUND_TRIP_S", 600.0)
    assert await kraken.history.server_offset_ms() < 0
    kraken.history._client.has = {}
    assert await kraken.history.server_offset_ms() == 0.0
