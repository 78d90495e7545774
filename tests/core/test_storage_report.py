from __future__ import annotations

from datetime import timedelta

import pytest

from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.storage_report import (
    DataSet,
    PolicyKind,
    ServerFeatures,
    StoragePolicy,
    StoredTable,
    TimescaleEdition,
)

BITCOIN = InstrumentId("demo:spot:BTC/USDT")
MONTH = timedelta(days=30)


def retention(**changes):
    return StoragePolicy(
        **{"kind": PolicyKind.RETENTION, "data_set": DataSet.CANDLES, "after": MONTH} | changes
    )


def test_a_policy_is_named_by_what_it_covers_and_not_by_its_age():
    assert retention().name == "retention/candles/*/*"
    assert retention(timeframe=Timeframe.M1).name == "retention/candles/1m/*"
    assert retention(instrument=BITCOIN, after=MONTH * 2).name == (
        "retention/candles/*/demo:spot:BTC/USDT"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"after": timedelta(hours=23)}, "an age of a day or more"),
        ({"data_set": DataSet.MARKET_TRADES, "timeframe": Timeframe.M1}, "have no timeframe"),
        ({"data_set": DataSet.BALANCES, "instrument": BITCOIN}, "belong to no instrument"),
        ({"kind": PolicyKind.COMPRESSION, "timeframe": Timeframe.M1}, "a whole data set"),
    ],
)
def test_a_policy_that_makes_no_sense_cannot_be_written_down(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        retention(**changes)


def test_a_table_tells_how_much_smaller_compression_made_it():
    table = StoredTable(name="ohlcv_data", rows=1, bytes=1)

    assert table.compression_ratio is None
    assert StoredTable(
        name="ohlcv_data", rows=1, bytes=1, raw_bytes=800, compressed_bytes=100
    ).compression_ratio == pytest.approx(8)


def test_a_server_is_described_in_a_few_words():
    plain = ServerFeatures(
        server="18.1", timescale=None, edition=TimescaleEdition.NONE, vector="0.8.1"
    )
    whole = ServerFeatures(
        server="17.6", timescale="2.22.0", edition=TimescaleEdition.COMMUNITY, vector=None
    )

    assert (plain.title, plain.can_compress) == ("PostgreSQL 18.1, pgvector 0.8.1", False)
    assert whole.title == "PostgreSQL 17.6, TimescaleDB 2.22.0 (community)"
    assert whole.can_compress
