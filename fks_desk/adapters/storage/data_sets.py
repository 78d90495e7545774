"""Say in which table a data set lies and which of its rows a policy means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fks_desk.adapters.storage.pool import Row
from fks_desk.core.storage_report import DataSet, StoragePolicy

CANDLES = "ohlcv_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Name a data set's table, its time column and what tells its series apart.

    `order` is how the rows of one series lie when they are compressed.
    """

    table: str
    time: str
    series: tuple[str, ...]
    order: str


SHELVES: Mapping[DataSet, Shelf] = {
    DataSet.CANDLES: Shelf(
        table=CANDLES, time="ts", series=("instrument_id", "timeframe"), order="ts"
    ),
    DataSet.MARKET_TRADES: Shelf(
        table="market_trades",
        time="ts_event",
        series=("instrument_id",),
        order="ts_event, trade_id",
    ),
    DataSet.BALANCES: Shelf(
        table="balance_history", time="ts", series=("account", "currency"), order="ts"
    ),
}


def condition_of(policy: StoragePolicy) -> str:
    """Return which rows of the policy's table it takes, as SQL with named parameters."""
    shelf = SHELVES[policy.data_set]
    parts = [f"{shelf.time} < %(cutoff)s"]
    if policy.timeframe is not None:
        parts.append("timeframe = %(timeframe)s")
    if policy.instrument is not None:
        parts.append(
            "instrument_id = (SELECT id FROM instruments WHERE instrument = %(instrument)s)"
        )
    return " AND ".join(parts)


def arguments_of(policy: StoragePolicy, cutoff: datetime) -> Row:
    """Return the values of the condition's parameters."""
    return {
        "cutoff": cutoff,
        "timeframe": policy.timeframe.value if policy.timeframe else None,
        "instrument": policy.instrument,
    }


def takes_everything(policy: StoragePolicy) -> bool:
    """Tell whether every row before the cutoff goes, so that whole pieces may be dropped."""
    return policy.timeframe is None and policy.instrument is None
