"""Lay the ground floor: every table that is costly to change later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIMEFRAMES = "'1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d'"

# PostgreSQL sorts NaN above infinity, in float8 and in numeric alike. So "below
# infinity" refuses both.
DOMAINS = """
CREATE DOMAIN amount AS numeric
    CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
CREATE DOMAIN positive_amount AS numeric
    CHECK (VALUE > 0 AND VALUE < 'Infinity');
CREATE DOMAIN currency AS text
    CHECK (VALUE <> '');
CREATE DOMAIN timeframe AS text
    CHECK (VALUE IN (%(timeframes)s));
CREATE DOMAIN order_side AS text
    CHECK (VALUE IN ('buy', 'sell'));
""" % {"timeframes": TIMEFRAMES}  # noqa: UP031  the SQL is full of braces elsewhere

ACCOUNTS = """
CREATE TABLE accounts (
    id text PRIMARY KEY CHECK (id <> ''),
    venue text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('demo', 'paper', 'testnet', 'live')),
    title text NOT NULL,
    reporting_currency currency NOT NULL,
    created timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION account_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.venue, OLD.mode) IS DISTINCT FROM (NEW.id, NEW.venue, NEW.mode) THEN
        RAISE EXCEPTION 'the venue and mode of account % never change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_is_fixed BEFORE UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION account_is_fixed();
"""

INSTRUMENTS = """
CREATE TABLE instruments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instrument text NOT NULL UNIQUE,
    venue text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('spot', 'linear', 'inverse')),
    symbol text NOT NULL,
    base text,
    quote text,
    settle text,
    contract_size positive_amount,
    tick positive_amount,
    lot positive_amount,
    min_size amount,
    max_size amount,
    min_notional amount,
    is_trading boolean NOT NULL DEFAULT false,
    updated timestamptz NOT NULL DEFAULT now(),
    CHECK (instrument = venue || ':' || kind || ':' || symbol),
    -- Imported candles name an instrument before any venue has described it.
    CHECK (num_nulls(base, quote, settle, contract_size, tick, lot, min_size, min_notional)
           IN (0, 8))
);
"""

# Candles and prints carry no foreign key to instruments: checking it row by row takes more
# than half of a bulk write. Their writers take the number from that table.
OHLCV = """
CREATE TABLE ohlcv_data (
    instrument_id integer NOT NULL,
    timeframe timeframe NOT NULL,
    ts timestamptz NOT NULL CHECK (ts >= '2009-01-03 00:00+00' AND ts < '2200-01-01 00:00+00'),
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume double precision NOT NULL CHECK (volume >= 0 AND volume < 'Infinity'),
    ts_event timestamptz NOT NULL,
    ts_init timestamptz NOT NULL,
    provenance text NOT NULL
        CHECK (provenance IN ('streamed', 'built', 'backfilled', 'imported', 'revised')),
    revision integer NOT NULL DEFAULT 0 CHECK (revision >= 0),
    PRIMARY KEY (instrument_id, timeframe, ts),
    CONSTRAINT candle_is_sane CHECK (
        low > 0 AND high < 'Infinity'
        AND low <= open AND low <= close AND high >= open AND high >= close
    )
) {by_ts};
"""

MARKET_TRADES = """
CREATE TABLE market_trades (
    instrument_id integer NOT NULL,
    trade_id text NOT NULL,
    ts_event timestamptz NOT NULL,
    side order_side NOT NULL,
    price positive_amount NOT NULL,
    size positive_amount NOT NULL,
    ts_init timestamptz NOT NULL,
    PRIMARY KEY (instrument_id, trade_id, ts_event)
) {by_ts_event};
CREATE INDEX market_trades_by_time ON market_trades (instrument_id, ts_event DESC);
"""

ORDERS = """
CREATE TABLE orders (
    account text NOT NULL REFERENCES accounts (id),
    client_id text NOT NULL,
    instrument text NOT NULL REFERENCES instruments (instrument),
    side order_side NOT NULL,
    kind text NOT NULL CHECK (kind IN ('market', 'limit')),
    size positive_amount NOT NULL,
    limit_price positive_amount,
    reference_price positive_amount NOT NULL,
    time_in_force text NOT NULL CHECK (time_in_force IN ('GTC', 'IOC', 'FOK')),
    origin text NOT NULL CHECK (origin IN ('hand', 'strategy', 'desk', 'external')),
    prompted_by text,
    strategy text,
    created timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN (
        'persisted', 'sending', 'open', 'partial', 'cancel_pending', 'filled', 'canceled',
        'rejected', 'expired', 'denied', 'unknown', 'absent')),
    venue_order_id text,
    filled amount NOT NULL CHECK (filled >= 0),
    average_price positive_amount,
    reason text NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (account, client_id),
    CHECK ((kind = 'limit') = (limit_price IS NOT NULL))
);
CREATE INDEX orders_by_time ON orders (account, created DESC);
CREATE INDEX orders_open ON orders (account) WHERE state IN (
    'persisted', 'sending', 'open', 'partial', 'cancel_pending', 'unknown');
CREATE INDEX orders_by_client ON orders (client_id);

CREATE TABLE order_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    client_id text NOT NULL,
    state text NOT NULL,
    filled amount NOT NULL,
    average_price positive_amount,
    venue_order_id text,
    reason text NOT NULL,
    ts_event timestamptz NOT NULL,
    ts_init timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (account, client_id) REFERENCES orders (account, client_id)
);
CREATE INDEX order_events_by_order ON order_events (account, client_id, id);
"""

TRADES = """
CREATE SEQUENCE trades_id_seq;
CREATE TABLE trades (
    id bigint NOT NULL DEFAULT nextval('trades_id_seq'),
    ts_event timestamptz NOT NULL,
    account text NOT NULL REFERENCES accounts (id),
    instrument text NOT NULL REFERENCES instruments (instrument),
    trade_id text NOT NULL,
    client_id text NOT NULL,
    venue_order_id text NOT NULL,
    side order_side NOT NULL,
    price positive_amount NOT NULL,
    size positive_amount NOT NULL,
    fee amount NOT NULL,
    fee_currency currency NOT NULL,
    liquidity text NOT NULL CHECK (liquidity IN ('maker', 'taker')),
    is_closing boolean NOT NULL DEFAULT false,
    realised amount,
    realised_currency currency,
    ts_init timestamptz NOT NULL,
    PRIMARY KEY (id, ts_event),
    CHECK ((realised IS NULL) = (realised_currency IS NULL))
) {by_ts_event};
ALTER SEQUENCE trades_id_seq OWNED BY trades.id;
CREATE INDEX trades_by_time ON trades (account, ts_event DESC, id DESC);
CREATE INDEX trades_by_instrument ON trades (account, instrument, ts_event DESC);
CREATE INDEX trades_by_order ON trades (account, client_id);

-- A unique key of a partitioned table must contain the time, and a venue may tell the
-- same fill with two times. This plain table is what no fill passes twice.
CREATE TABLE fill_ids (
    account text NOT NULL REFERENCES accounts (id),
    instrument text NOT NULL REFERENCES instruments (instrument),
    trade_id text NOT NULL,
    trade bigint NOT NULL,
    ts_event timestamptz NOT NULL,
    PRIMARY KEY (account, instrument, trade_id)
);
"""

HOLDINGS = """
CREATE TABLE positions (
    account text NOT NULL REFERENCES accounts (id),
    instrument text NOT NULL REFERENCES instruments (instrument),
    side text NOT NULL CHECK (side IN ('net', 'long', 'short')),
    margin_mode text NOT NULL CHECK (margin_mode IN ('cash', 'cross', 'isolated')),
    leverage positive_amount NOT NULL,
    size amount NOT NULL,
    average_price amount,
    realised amount NOT NULL,
    realised_currency currency NOT NULL,
    fees amount NOT NULL,
    fees_currency currency NOT NULL,
    reporting_currency currency NOT NULL,
    rate positive_amount NOT NULL,
    opened timestamptz,
    updated timestamptz NOT NULL,
    PRIMARY KEY (account, instrument, side)
);

CREATE TABLE balances (
    account text NOT NULL REFERENCES accounts (id),
    currency currency NOT NULL,
    free amount NOT NULL,
    locked amount NOT NULL,
    updated timestamptz NOT NULL,
    PRIMARY KEY (account, currency)
);

CREATE TABLE balance_history (
    account text NOT NULL REFERENCES accounts (id),
    currency currency NOT NULL,
    ts timestamptz NOT NULL,
    free amount NOT NULL,
    locked amount NOT NULL,
    ts_init timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, currency, ts)
) {by_ts};
"""

STRATEGIES = """
CREATE TABLE strategies (
    name text NOT NULL,
    version text NOT NULL,
    title text NOT NULL,
    params jsonb NOT NULL,
    status text NOT NULL,
    created timestamptz NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE signals (
    id text PRIMARY KEY,
    strategy text NOT NULL,
    instrument text NOT NULL REFERENCES instruments (instrument),
    timeframe timeframe NOT NULL,
    stance text NOT NULL CHECK (stance IN ('long', 'flat', 'short')),
    rule text NOT NULL,
    inputs jsonb NOT NULL,
    price positive_amount NOT NULL,
    confidence double precision NOT NULL CHECK (confidence >= 0 AND confidence <= 1),
    ts_event timestamptz NOT NULL,
    ts_init timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    decision text,
    UNIQUE (strategy, instrument, timeframe, ts_event)
);
CREATE INDEX signals_by_time ON signals (ts_event DESC);

CREATE TABLE backtest_runs (
    run text PRIMARY KEY,
    strategy text NOT NULL,
    params jsonb NOT NULL,
    instrument text NOT NULL,
    timeframe timeframe NOT NULL,
    span_start timestamptz NOT NULL,
    span_end timestamptz NOT NULL,
    cash amount NOT NULL,
    fee_bps amount NOT NULL,
    slippage_bps amount NOT NULL,
    metrics jsonb NOT NULL,
    digest text NOT NULL,
    seconds double precision NOT NULL,
    equity_time bigint[] NOT NULL,
    equity double precision[] NOT NULL,
    created timestamptz NOT NULL
);
CREATE INDEX backtest_runs_by_time ON backtest_runs (created DESC);

CREATE TABLE backtest_trades (
    run text NOT NULL REFERENCES backtest_runs (run) ON DELETE CASCADE,
    number integer NOT NULL,
    entry_ts timestamptz NOT NULL,
    exit_ts timestamptz NOT NULL,
    side text NOT NULL,
    entry_price double precision NOT NULL,
    exit_price double precision NOT NULL,
    size double precision NOT NULL,
    pnl double precision NOT NULL,
    fees double precision NOT NULL,
    PRIMARY KEY (run, number)
);

CREATE TABLE configs (
    name text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    old jsonb,
    value jsonb NOT NULL,
    changed_by text NOT NULL,
    changed timestamptz NOT NULL,
    PRIMARY KEY (name, version)
);
"""

DOCUMENTS = """
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    instrument text,
    account text,
    moment timestamptz NOT NULL,
    facts jsonb NOT NULL,
    words tsvector NOT NULL GENERATED ALWAYS AS (
        -- A pair is two words to whoever asks: BTC/USDT must be found by BTC.
        to_tsvector('english', translate(title || ' ' || text, '/:_', '   '))
    ) STORED,
    UNIQUE (kind, key)
);
CREATE INDEX documents_by_words ON documents USING gin (words);
CREATE INDEX documents_by_time ON documents (moment DESC);

CREATE TABLE embeddings (
    document_id bigint NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    model text NOT NULL,
    dimension integer NOT NULL CHECK (dimension > 0),
    embedding {vector} NOT NULL,
    PRIMARY KEY (document_id, model)
);
"""

JOURNAL = """
CREATE TABLE journal (
    sequence bigint PRIMARY KEY,
    type text NOT NULL,
    version integer NOT NULL,
    ts_event timestamptz NOT NULL,
    ts_init timestamptz NOT NULL,
    account text,
    origin text NOT NULL,
    correlation text NOT NULL,
    causation text NOT NULL,
    payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    digest text NOT NULL
);
CREATE INDEX journal_by_correlation ON journal (correlation) WHERE correlation <> '';

CREATE TABLE journal_offsets (
    consumer text PRIMARY KEY,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    updated timestamptz NOT NULL
);

-- The seal of a row covers every column and the seal of the row before. Each part is
-- written with its length, so that no two rows read the same.
CREATE FUNCTION journal_seal(previous text, entry journal) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(string_agg(
        coalesce(length(part)::text || ':' || part, '-'), ',' ORDER BY place), 'UTF8')), 'hex')
    FROM unnest(ARRAY[
        previous, entry.sequence::text, entry.type, entry.version::text,
        extract(epoch FROM entry.ts_event)::text, extract(epoch FROM entry.ts_init)::text,
        entry.account, entry.origin, entry.correlation, entry.causation, entry.payload::text
    ]) WITH ORDINALITY AS parts (part, place)
$$;

CREATE FUNCTION journal_append(drafts jsonb, stamp timestamptz) RETURNS SETOF journal
LANGUAGE plpgsql AS $$
DECLARE
    draft jsonb;
    entry journal;
    newest journal;
BEGIN
    -- One writer at a time: the chain has one end. Released by the commit.
    PERFORM pg_advisory_xact_lock(7265301);
    SELECT * INTO newest FROM journal ORDER BY sequence DESC LIMIT 1;
    entry.sequence := coalesce(newest.sequence, 0);
    entry.digest := coalesce(newest.digest, '');
    FOR draft IN SELECT value FROM jsonb_array_elements(drafts) WITH ORDINALITY ORDER BY ordinality
    LOOP
        entry.sequence := entry.sequence + 1;
        entry.type := draft ->> 'type';
        entry.version := (draft ->> 'version')::integer;
        entry.ts_event := (draft ->> 'ts_event')::timestamptz;
        entry.ts_init := stamp;
        entry.account := draft ->> 'account';
        entry.origin := draft ->> 'origin';
        entry.correlation := draft ->> 'correlation';
        entry.causation := draft ->> 'causation';
        entry.payload := draft -> 'payload';
        entry.digest := journal_seal(entry.digest, entry);
        INSERT INTO journal SELECT entry.*;
        RETURN NEXT entry;
    END LOOP;
END $$;

CREATE FUNCTION journal_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER journal_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_fixed();
"""

# A hypertable makes its own chunks; then this function has nothing to do.
PARTITIONS = """
CREATE FUNCTION ensure_partitions(parent text, oldest timestamptz, newest timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    unit text := CASE parent WHEN 'market_trades' THEN 'month' ELSE 'year' END;
    form text := CASE unit WHEN 'month' THEN 'YYYYMM' ELSE 'YYYY' END;
    step interval := ('1 ' || unit)::interval;
    place timestamp := date_trunc(unit, oldest AT TIME ZONE 'UTC');
    part text;
    made integer := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = parent::regclass) THEN
        RETURN 0;
    END IF;
    IF newest - oldest > interval '200 years' THEN
        RAISE EXCEPTION 'the range from % to % is too long to be right', oldest, newest;
    END IF;
    WHILE place <= newest AT TIME ZONE 'UTC' LOOP
        part := parent || '_' || to_char(place, form);
        IF to_regclass(part) IS NULL THEN
            PERFORM pg_advisory_xact_lock(7265302);
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                part, parent, place AT TIME ZONE 'UTC', (place + step) AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
        place := place + step;
    END LOOP;
    RETURN made;
END $$;
"""

HYPERTABLES = {
    "ohlcv_data": ("ts", "90 days"),
    "market_trades": ("ts_event", "7 days"),
    "trades": ("ts_event", "90 days"),
    "balance_history": ("ts", "90 days"),
}

GROUND_FLOOR = (
    DOMAINS, ACCOUNTS, INSTRUMENTS, OHLCV, MARKET_TRADES, ORDERS, TRADES, HOLDINGS, STRATEGIES,
    DOCUMENTS, JOURNAL, PARTITIONS,
)  # fmt: skip


def statements(*, has_timescale: bool, has_vector: bool) -> list[str]:
    """Return the SQL for a server with or without the two extensions."""
    words = {
        "{by_ts}": "" if has_timescale else "PARTITION BY RANGE (ts)",
        "{by_ts_event}": "" if has_timescale else "PARTITION BY RANGE (ts_event)",
        "{vector}": "vector" if has_vector else "real[]",
    }
    made = []
    if has_timescale:
        made.append("CREATE EXTENSION IF NOT EXISTS timescaledb")
    if has_vector:
        made.append("CREATE EXTENSION IF NOT EXISTS vector")
    for part in GROUND_FLOOR:
        for mark, word in words.items():
            part = part.replace(mark, word)  # noqa: PLW2901  each mark in turn
        made.append(part)
    if has_timescale:
        made += [
            f"SELECT create_hypertable('{table}', '{column}', "
            f"chunk_time_interval => INTERVAL '{length}', create_default_indexes => false)"
            for table, (column, length) in HYPERTABLES.items()
        ]
    return made


def upgrade() -> None:
    connection = op.get_bind()
    available = set(connection.scalars(sa.text("SELECT name FROM pg_available_extensions")))
    for statement in statements(
        has_timescale="timescaledb" in available, has_vector="vector" in available
    ):
        # Straight to the driver: colons and percent signs in the SQL are its own.
        connection.exec_driver_sql(statement.replace("%", "%%"))
