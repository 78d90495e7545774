"""Keep roll-ups of candles, the trace of revisions, policies and the growth of tables."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A day of 1m candles that changed since it was rolled up. Whoever rolls it up deletes the
# row only if its stamp is still the one that was seen before.
ROLL_UPS = """
CREATE SEQUENCE rollup_stamps;
CREATE TABLE rollup_days (
    instrument_id integer NOT NULL,
    day date NOT NULL,
    stamp bigint NOT NULL DEFAULT nextval('rollup_stamps'),
    PRIMARY KEY (instrument_id, day)
);
ALTER SEQUENCE rollup_stamps OWNED BY rollup_days.stamp;

CREATE TABLE candle_rollups (
    instrument_id integer NOT NULL,
    timeframe timeframe NOT NULL,
    ts timestamptz NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume double precision NOT NULL,
    minutes integer NOT NULL CHECK (minutes > 0),
    PRIMARY KEY (instrument_id, timeframe, ts)
);

-- Minutes before this moment were removed by a policy: their roll-ups stay as they are.
CREATE TABLE rollup_archives (
    instrument_id integer PRIMARY KEY,
    before timestamptz NOT NULL
);

-- What is rolled up already. A server that rolls up by itself gets another view here.
CREATE VIEW rolled_stored AS SELECT * FROM candle_rollups;

CREATE FUNCTION rolled_from_minutes(
    number integer, step interval, since timestamptz, until timestamptz
) RETURNS TABLE (
    ts timestamptz, open double precision, high double precision, low double precision,
    close double precision, volume double precision, minutes integer
) LANGUAGE sql STABLE AS $$
    SELECT date_bin(step, c.ts, '1970-01-01 00:00+00') AS bucket,
        (array_agg(c.open ORDER BY c.ts))[1], max(c.high), min(c.low),
        (array_agg(c.close ORDER BY c.ts DESC))[1], sum(c.volume ORDER BY c.ts),
        count(*)::integer
    FROM ohlcv_data c
    WHERE c.instrument_id = number AND c.timeframe = '1m' AND c.ts >= since AND c.ts < until
    GROUP BY bucket
$$;

INSERT INTO rollup_days (instrument_id, day)
SELECT DISTINCT instrument_id, (ts AT TIME ZONE 'UTC')::date
FROM ohlcv_data WHERE timeframe = '1m';
"""

REVISIONS = """
CREATE TABLE candle_revisions (
    instrument_id integer NOT NULL,
    timeframe timeframe NOT NULL,
    ts timestamptz NOT NULL,
    revision integer NOT NULL,
    open double precision NOT NULL,
    high double precision NOT NULL,
    low double precision NOT NULL,
    close double precision NOT NULL,
    volume double precision NOT NULL,
    provenance text NOT NULL,
    ts_init timestamptz NOT NULL,
    replaced timestamptz NOT NULL,
    PRIMARY KEY (instrument_id, timeframe, ts, revision)
);

CREATE FUNCTION keep_candle_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candle_revisions VALUES (
        OLD.instrument_id, OLD.timeframe, OLD.ts, OLD.revision, OLD.open, OLD.high, OLD.low,
        OLD.close, OLD.volume, OLD.provenance, OLD.ts_init, NEW.ts_init
    ) ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_candle_revision BEFORE UPDATE ON ohlcv_data
    FOR EACH ROW WHEN (NEW.revision > OLD.revision) EXECUTE FUNCTION keep_candle_revision();
"""

CARE = """
CREATE TABLE storage_policies (
    name text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('retention', 'compression')),
    data_set text NOT NULL CHECK (data_set IN ('candles', 'market_trades', 'balances')),
    timeframe timeframe,
    instrument text,
    after interval NOT NULL CHECK (after >= interval '1 day'),
    is_enabled boolean NOT NULL,
    changed timestamptz NOT NULL
);

CREATE TABLE storage_sizes (
    name text NOT NULL,
    taken timestamptz NOT NULL,
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (name, taken)
);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (ROLL_UPS, REVISIONS, CARE):
        connection.exec_driver_sql(statement.replace("%", "%%"))
