"""Ask anything of the tables; change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.adapters.storage.console import Console
from fks_desk.adapters.storage.database import Database
from fks_desk.core.console import ColumnKind, Comparison, TableFilter, TableQuery
from fks_desk.core.errors import DataError
from tests.adapters.storage.test_tables import market_trade
from tests.fakes.rows import NOW, candle, draft, filled_change, instrument


@pytest.fixture
async def console(database_url, clock, stores):
    own = Database(database_url, pool_size=2, statement_timeout_s=1.0, name="console")
    await stores.candle_writer.upsert([candle(number) for number in range(5)])
    await stores.market_trades.record_market_trades([market_trade(n, n) for n in range(30)])
    yield Console(database=own, clock=clock)
    await own.close()


async def test_every_table_is_listed_with_columns_and_kinds(console):
    tables = {table.name: table for table in await console.tables()}

    kinds = {column.name: column.kind for column in tables["market_trades"].columns}
    assert {"ohlcv_data", "candles", "orders", "journal", "accounts"} <= tables.keys()
    assert kinds["price"] is ColumnKind.NUMBER
    assert kinds["ts_event"] is ColumnKind.MOMENT
    assert kinds["side"] is ColumnKind.TEXT
    assert tables["market_trades"].key == ("instrument_id", "trade_id", "ts_event")


async def test_a_table_is_read_page_by_page(console):
    query = TableQuery(table="market_trades", sort="ts_event", limit=10)

    first = await console.browse(query)
    last = await console.browse(
        TableQuery(table="market_trades", sort="ts_event", limit=10, offset=25)
    )

    assert (len(first.rows), first.is_cut) == (10, True)
    assert (len(last.rows), last.is_cut) == (5, False)
    place = [column.name for column in first.columns].index("ts_event")
    assert first.rows[0][place] == NOW + timedelta(minutes=29)


async def pages_of(console, query):
    """Return every row of a question, page after page, and how many pages that took."""
    table = {one.name: one for one in await console.tables()}[query.table]
    rows, pages = [], 0
    while True:
        answer = await console.browse(query)
        pages += 1
        rows += answer.rows
        if not answer.is_cut:
            return rows, pages
        last = dict(zip((one.name for one in answer.columns), answer.rows[-1], strict=True))
        query = query.next_page(table, last, len(rows))


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize(
    ("table", "sort"),
    [
        ("market_trades", None),
        ("market_trades", "side"),
        ("market_trades", "price"),
        ("market_trades", "ts_event"),
        ("market_trades", "trade_id"),
        ("candles", None),
        ("candles", "close"),
        ("instruments", "tick"),
        ("instruments", "base"),
        ("instruments", "updated"),
        ("journal", "payload"),
    ],
)
async def test_page_after_page_shows_each_row_once_and_in_order(
    console, stores, table, sort, is_descending
):
    described = [instrument(f"C{number}", tick=Decimal(1 + number % 3)) for number in range(9)]
    await stores.instruments.save_instruments(described)
    await stores.instruments.numbers([f"demo:spot:N{number}/USDT" for number in range(9)])
    await stores.journal.append([draft("note", text=str(number % 3)) for number in range(9)])
    whole = TableQuery(table=table, sort=sort, is_descending=is_descending, limit=500)

    rows, pages = await pages_of(console, replace(whole, limit=4))

    assert rows == list((await console.browse(whole)).rows)
    assert pages > 1
    place = [one.name for one in (await console.browse(whole)).columns]
    if sort not in {None, "payload"}:
        told = [row[place.index(sort)] for row in rows if row[place.index(sort)] is not None]
        assert told == sorted(told, reverse=is_descending)


async def test_a_page_far_down_is_found_by_its_key(console):
    tables = {one.name: one for one in await console.tables()}
    query = TableQuery(table="market_trades", sort="price")
    last = {"price": Decimal("1.5"), "instrument_id": 1, "trade_id": "7", "ts_event": NOW}

    assert query.next_page(tables["market_trades"], last, 500).after == (
        Decimal("1.5"), 1, "7", NOW,
    )  # fmt: skip
    assert tables["candles"].key == ("instrument_id", "timeframe", "ts")
    long = replace(query, sort="trade_id").next_page(
        tables["market_trades"], last | {"trade_id": "x" * 20_000}, 500
    )
    assert (long.after, long.offset) == (None, 500)
    with pytest.raises(DataError, match="needs its price"):
        await console.browse(replace(query, after=(1,)))


@pytest.mark.parametrize(
    ("column", "comparison", "text", "count"),
    [
        ("trade_id", Comparison.EQUAL, "7", 1),
        ("trade_id", Comparison.UNEQUAL, "7", 29),
        ("price", Comparison.MORE, "100.1", 0),
        ("price", Comparison.AT_LEAST, "100.1", 30),
        ("ts_event", Comparison.LESS, (NOW + timedelta(minutes=3)).isoformat(), 3),
        ("side", Comparison.CONTAINS, "EL", 30),
        ("side", Comparison.CONTAINS, "%", 0),
        ("trade_id", Comparison.IS_EMPTY, "", 0),
    ],
)
async def test_filters_read_their_text_as_the_columns_type(
    console, column, comparison, text, count
):
    one = TableFilter(column=column, comparison=comparison, text=text)

    answer = await console.browse(TableQuery(table="market_trades", filters=(one,)))

    assert len(answer.rows) == count


async def test_executions_sorted_by_their_time_are_read_from_an_index(stores, database):
    await stores.trading_writer.record(filled_change("1"))
    async with database.writing() as connection:
        await connection.execute("SET LOCAL enable_sort = off")
        found = await connection.execute(
            "EXPLAIN (COSTS OFF) SELECT * FROM trades ORDER BY ts_event DESC, id DESC LIMIT 501"
        )
        plan = "\n".join(str(row) for row in await found.fetchall())

    assert "Index Scan" in plan
    assert "Sort" not in plan


async def test_names_that_do_not_exist_are_told(console):
    with pytest.raises(DataError, match="no table 'users; DROP'"):
        await console.browse(TableQuery(table="users; DROP"))
    with pytest.raises(DataError, match="no column 'x\" --'"):
        await console.browse(TableQuery(table="orders", sort='x" --'))
    bad = TableFilter(column="price", comparison=Comparison.EQUAL, text="many")
    with pytest.raises(DataError, match="does not understand"):
        await console.browse(TableQuery(table="market_trades", filters=(bad,)))


async def test_a_question_in_sql_is_answered(console):
    answer = await console.ask_sql(
        "SELECT side, sum(size) AS total, count(*) FROM market_trades GROUP BY side;"
    )

    assert [column.name for column in answer.columns] == ["side", "total", "count"]
    assert answer.rows == (("sell", Decimal("0.090"), 30),)
    assert not answer.is_cut


async def test_a_long_answer_is_cut(console):
    answer = await console.ask_sql("SELECT * FROM generate_series(1, 100000)", limit=50)

    assert (len(answer.rows), answer.is_cut) == (50, True)


async def test_plans_and_settings_can_be_asked_for(console):
    assert (await console.ask_sql("SHOW server_version")).rows
    assert (await console.ask_sql("EXPLAIN SELECT * FROM orders")).rows


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM market_trades",
        "INSERT INTO accounts VALUES ('a', 'b', 'demo', 'c', 'd')",
        "WITH gone AS (DELETE FROM market_trades RETURNING 1) SELECT * FROM gone",
        "TRUNCATE market_trades",
        "DROP TABLE market_trades",
        "SELECT nextval('trades_id_seq')",
        "SELECT 1; DELETE FROM market_trades",
        "COMMIT; DELETE FROM market_trades",
        "SHOW server_version; COMMIT; DELETE FROM market_trades",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY market_trades TO PROGRAM 'true'",
        "SELECT pg_reload_conf()",
        "SELECT FROM nothing",
        "this is no statement",
        "",
    ],
)
async def test_nothing_can_be_changed(console, database, statement):
    with pytest.raises(DataError):
        await console.ask_sql(statement)

    rows = await database.rows("SELECT count(*) AS rows FROM market_trades")
    assert rows[0]["rows"] == 30


async def test_a_setting_changed_by_a_question_is_gone_with_the_next(console, database):
    for statement in (
        "SET default_transaction_read_only = off",
        "RESET ROLE",
        "COMMIT",
        "SELECT set_config('role', 'none', false)",
    ):
        await console.ask_sql(statement)
        with pytest.raises(DataError):
            await console.ask_sql("DELETE FROM market_trades")

    assert len(await database.rows("SELECT FROM market_trades")) == 30


async def test_an_endless_question_is_stopped(console):
    with pytest.raises(DataError, match="took longer"):
        await console.ask_sql("SELECT pg_sleep(60)")

    assert (await console.ask_sql("SELECT 1")).rows == ((1,),)


async def test_a_cell_too_long_to_show_is_cut(console):
    answer = await console.ask_sql("SELECT repeat('x', 100000), '\\xabcd'::bytea")

    assert len(answer.rows[0][0]) < 11_000
    assert answer.rows[0][1] == "2 bytes"
