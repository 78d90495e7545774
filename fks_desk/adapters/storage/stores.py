"""Open every store of one database together."""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.adapters.storage.accounts import AccountTable
from fks_desk.adapters.storage.alerts import AlertTable
from fks_desk.adapters.storage.backtests import BacktestTable
from fks_desk.adapters.storage.candle_origins import CandleOriginTable
from fks_desk.adapters.storage.candle_writer import CandleWriterTable
from fks_desk.adapters.storage.candles import CandleTable
from fks_desk.adapters.storage.configs import ConfigTable
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.documents import DocumentTable
from fks_desk.adapters.storage.downloads import DownloadTable
from fks_desk.adapters.storage.drawings import DrawingTable
from fks_desk.adapters.storage.facts import FactBook
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.journal import JournalTable
from fks_desk.adapters.storage.ledger import LedgerTable
from fks_desk.adapters.storage.market_trades import MarketTradeTable
from fks_desk.adapters.storage.partitions import Partitions
from fks_desk.adapters.storage.perpetuals import PerpetualTable
from fks_desk.adapters.storage.pictures import TradePictureTable
from fks_desk.adapters.storage.policies import PolicyTable
from fks_desk.adapters.storage.rolled_candles import RolledCandles
from fks_desk.adapters.storage.rollups import RollUps
from fks_desk.adapters.storage.signals import SignalTable
from fks_desk.adapters.storage.storage_reader import StorageReaderTable
from fks_desk.adapters.storage.tags import TagTable
from fks_desk.adapters.storage.trade_flow import TradeFlowTable
from fks_desk.adapters.storage.trading_reader import TradingReaderTable
from fks_desk.adapters.storage.trading_writer import TradingWriterTable
from fks_desk.core.clock import Clock
from fks_desk.core.storage_report import ServerFeatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Gather what the rooms read and write; each field fulfils a port of `core.ports`."""

    features: ServerFeatures
    candles: CandleTable
    rolled: RolledCandles
    candle_writer: CandleWriterTable
    origins: CandleOriginTable
    rollups: RollUps
    policies: PolicyTable
    storage: StorageReaderTable
    market_trades: MarketTradeTable
    flow: TradeFlowTable
    perpetuals: PerpetualTable
    instruments: InstrumentTable
    accounts: AccountTable
    trading: TradingReaderTable
    trading_writer: TradingWriterTable
    ledger: LedgerTable
    pictures: TradePictureTable
    journal: JournalTable
    signals: SignalTable
    backtests: BacktestTable
    documents: DocumentTable
    facts: FactBook
    configs: ConfigTable
    drawings: DrawingTable
    downloads: DownloadTable
    tags: TagTable
    alerts: AlertTable


async def open_stores(
    *, database: Database, clock: Clock, order_database: Database | None = None
) -> Stores:
    """Connect and return every store.

    `order_database` is a pool of its own for the order path, so that slow reads never
    hold an order up; without it the order path shares the pool.
    """
    features = await database.open()
    orders = order_database or database
    if order_database is not None:
        await order_database.open()
    partitions, instruments = (
        Partitions(database),
        InstrumentTable(database=database, clock=clock),
    )
    candles = CandleTable(database=database, instruments=instruments)
    rollups = RollUps(database=database, features=features)
    policies = PolicyTable(database=database, features=features, rollups=rollups, clock=clock)
    if await rollups.prepare():
        await policies.save_first()
    return Stores(
        features=features,
        candles=candles,
        rolled=RolledCandles(stored=candles, database=database, instruments=instruments),
        rollups=rollups,
        policies=policies,
        storage=StorageReaderTable(
            database=database, features=features, policies=policies, clock=clock
        ),
        candle_writer=CandleWriterTable(
            database=database, instruments=instruments, partitions=partitions, clock=clock
        ),
        origins=CandleOriginTable(database=database, instruments=instruments),
        flow=TradeFlowTable(database=database, instruments=instruments),
        market_trades=MarketTradeTable(
            database=database, instruments=instruments, partitions=partitions
        ),
        perpetuals=PerpetualTable(database=database, instruments=instruments),
        instruments=instruments,
        accounts=AccountTable(database=orders, clock=clock),
        trading=TradingReaderTable(database=database),
        trading_writer=TradingWriterTable(
            database=orders,
            # Its own, because the other asks by connections that a slow read may hold.
            instruments=InstrumentTable(database=orders, clock=clock),
            partitions=Partitions(orders),
            clock=clock,
        ),
        ledger=LedgerTable(database=database),
        pictures=TradePictureTable(database=database),
        journal=JournalTable(database=database, clock=clock),
        signals=SignalTable(database=database, instruments=instruments),
        backtests=BacktestTable(database=database, clock=clock),
        documents=DocumentTable(database=database, has_vector=features.vector is not None),
        facts=FactBook(database=database),
        configs=ConfigTable(database=database, clock=clock),
        drawings=DrawingTable(database=database),
        downloads=DownloadTable(database=database),
        tags=TagTable(database=database, clock=clock),
        alerts=AlertTable(database=database, clock=clock),
    )
