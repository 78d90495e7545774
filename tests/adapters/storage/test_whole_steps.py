"""A desk whose candles were stored as plain numbers keeps every one of them."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest

from fks_desk.adapters.storage.backup import empty_database
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.restore import restore_database
from fks_desk.adapters.storage.rollups import EVERY_DAY
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock, from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Timeframe
from fks_desk.core.storage_report import TimescaleEdition
from tests.adapters.storage.test_rollups import assert_same, context, rolled_by_hand
from tests.fakes.candles import MINUTE_MS, START_MS, walk
from tests.fakes.rows import BTC, ETH

CLOCK = SystemClock()
SERIES = (
    # Prices in cents but for two that no venue wrote, coins of eight decimals, and noise.
    (1, "1m", 2), (2, "5m", 8), (3, "1h", None),
)  # fmt: skip


def ticks(decimals, seed=1, count=3000):
    """Return candles whose numbers have so many decimals, or as many as they like."""
    frame = walk(count, seed, step_ms=MINUTE_MS, price=100.0 if decimals != 8 else 0.002)
    if decimals is None:
        return frame
    rounded = {
        name: np.round(getattr(frame, name), decimals)
        for name in ("open", "high", "low", "close", "volume")
    }
    rounded["high"] = np.maximum.reduce([rounded[name] for name in ("open", "high", "close")])
    rounded["low"] = np.minimum.reduce([rounded[name] for name in ("open", "low", "close")])
    return Frame(time=frame.time, **rounded)


def fill(url):
    """Store candles as desks before this revision did."""
    frames = {}
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        for name in (BTC, ETH, "other:spot:NO/ISE"):
            venue, kind, symbol = name.split(":")
            connection.execute(
                "INSERT INTO instruments (instrument, venue, kind, symbol) VALUES (%s, %s, %s, %s)",
                [name, venue, kind, symbol],
            )
        connection.execute(
            "SELECT ensure_partitions('ohlcv_data', %s, %s)",
            [from_ms(START_MS), from_ms(START_MS + 3000 * MINUTE_MS)],
        )
        for number, timeframe, decimals in SERIES:
            frame = frames[number] = ticks(decimals, number)
            if decimals == 2:
                frame.close[[5, 6]] = frame.low[[5, 6]] + (frame.high - frame.low)[[5, 6]] / 7
            with connection.cursor().copy(
                "COPY ohlcv_data (instrument_id, timeframe, ts, open, high, low, close, volume, "
                "ts_event, ts_init, provenance) FROM STDIN"
            ) as copy:
                for n in range(len(frame)):
                    opened = from_ms(int(frame.time[n]))
                    prices = [
                        repr(float(getattr(frame, name)[n]))
                        for name in ("open", "high", "low", "close", "volume")
                    ]
                    copy.write_row([number, timeframe, opened, *prices, opened, opened, "imported"])
        connection.execute(EVERY_DAY)
        connection.execute("INSERT INTO row_tags VALUES ('ohlcv_data', '1|1m|x', 'odd', now())")
    return frames


def aggregate_and_compress(url):
    """Bring the hypertable to where a desk on the community edition has it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE MATERIALIZED VIEW rolled_1d WITH (timescaledb.continuous) AS "
            "SELECT instrument_id, time_bucket(INTERVAL '1 day', ts) AS ts, max(high) AS high "
            "FROM ohlcv_data GROUP BY 1, 2 WITH NO DATA"
        )
        connection.execute(
            "CREATE OR REPLACE VIEW rolled_stored AS SELECT c.* FROM candle_rollups c "
            "LEFT JOIN rolled_1d r ON r.instrument_id = c.instrument_id AND r.ts = c.ts"
        )
        connection.execute(
            "ALTER TABLE ohlcv_data SET (timescaledb.compress, "
            "timescaledb.compress_segmentby = 'instrument_id, timeframe', "
            "timescaledb.compress_orderby = 'ts')"
        )
        connection.execute("SELECT compress_chunk(c) FROM show_chunks('ohlcv_data') c")


@pytest.fixture
def old_url(database_url):
    empty_database(database_url)
    migrate(database_url, backups=None, clock=CLOCK, to="0007")
    return database_url


async def test_every_number_of_an_older_desk_comes_through(old_url, tmp_path):
    frames = fill(old_url)
    probe = Database(old_url)
    features = await probe.open()
    await probe.close()
    if features.edition is TimescaleEdition.COMMUNITY:
        aggregate_and_compress(old_url)

    done = migrate(old_url, backups=tmp_path, clock=CLOCK)

    await assert_there(old_url, frames)
    # The backup that was made first still brings the same desk back.
    restore_database(old_url, done.backup, clock=CLOCK, schemas={}, replace_into=tmp_path / "kept")
    await assert_there(old_url, frames)


async def assert_there(url, frames):
    database = Database(url)
    stores = await open_stores(database=database, clock=CLOCK)
    for number, timeframe, _decimals in SERIES:
        name = await database.rows("SELECT instrument FROM instruments WHERE id = %s", [number])
        found = await stores.candles.latest(name[0]["instrument"], Timeframe(timeframe), 9999)
        assert_same(found, frames[number])
        assert found.volume.tobytes() == frames[number].volume.tobytes()
    scales = await database.rows(
        "SELECT instrument_id, price_scale, volume_scale, count(*) AS rows FROM ohlcv_data "
        "WHERE instrument_id < 3 GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC"
    )
    assert [tuple(row.values()) for row in scales] == [
        (1, 2, 2, 2998), (1, 0, 2, 2), (2, 8, 5, 3000),
    ]  # fmt: skip
    tagged = await database.rows("SELECT table_name FROM row_tags")
    assert tagged == [{"table_name": "candles"}]
    await stores.rollups.roll_up(context())
    hours, _minutes = rolled_by_hand(frames[1], Timeframe.H1)
    assert_same(await stores.rolled.latest(BTC, Timeframe.H1, 9), hours.tail(9))
    await database.close()
