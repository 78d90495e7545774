"""Store prices of candles as whole steps, which compress into half the space."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FROM_STEPS = """
CREATE FUNCTION from_steps(steps double precision, scale smallint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT steps / (ARRAY[1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
        1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22]::double precision[])[scale + 1]
$$;
"""

# The names change, so that no query can take steps for prices. 64231.12 is kept as 6423112
# with scale 2; a number that is no decimal of up to 15 digits stays as it is, with scale 0.
STEPS = """
ALTER TABLE ohlcv_data RENAME COLUMN open TO open_steps;
ALTER TABLE ohlcv_data RENAME COLUMN high TO high_steps;
ALTER TABLE ohlcv_data RENAME COLUMN low TO low_steps;
ALTER TABLE ohlcv_data RENAME COLUMN close TO close_steps;
ALTER TABLE ohlcv_data RENAME COLUMN volume TO volume_steps;
ALTER TABLE ohlcv_data ADD COLUMN price_scale smallint NOT NULL DEFAULT 0;
ALTER TABLE ohlcv_data ADD COLUMN volume_scale smallint NOT NULL DEFAULT 0;
"""

# A row's scale is that of its finest price. Above 15 digits there is none.
SERIES_SCALES = """
CREATE TEMPORARY TABLE series_scales ON COMMIT DROP AS
SELECT instrument_id, timeframe,
    coalesce(max(price_scale) FILTER (
        WHERE price_scale <= 22 AND high_steps < 1e15::numeric / 10::numeric ^ price_scale
    ), 0)::smallint AS price_scale,
    coalesce(max(volume_scale) FILTER (
        WHERE volume_scale <= 22 AND volume_steps < 1e15::numeric / 10::numeric ^ volume_scale
    ), 0)::smallint AS volume_scale
FROM (
    SELECT instrument_id, timeframe, high_steps, volume_steps,
        greatest(
            scale(open_steps::text::numeric), scale(high_steps::text::numeric),
            scale(low_steps::text::numeric), scale(close_steps::text::numeric)) AS price_scale,
        scale(volume_steps::text::numeric) AS volume_scale
    FROM ohlcv_data
) AS rows GROUP BY instrument_id, timeframe
"""
CONVERT_PRICES = """
UPDATE ohlcv_data c SET
    open_steps = round(c.open_steps * p.ten), high_steps = round(c.high_steps * p.ten),
    low_steps = round(c.low_steps * p.ten), close_steps = round(c.close_steps * p.ten),
    price_scale = p.price_scale
FROM (
    SELECT *, ('1e' || price_scale)::double precision AS ten FROM series_scales
    WHERE price_scale > 0
) AS p
WHERE (c.instrument_id, c.timeframe) = (p.instrument_id, p.timeframe)
    AND c.high_steps * p.ten < 1e15
    AND round(c.open_steps * p.ten) / p.ten = c.open_steps
    AND round(c.high_steps * p.ten) / p.ten = c.high_steps
    AND round(c.low_steps * p.ten) / p.ten = c.low_steps
    AND round(c.close_steps * p.ten) / p.ten = c.close_steps
"""

CONVERT_VOLUMES = """
UPDATE ohlcv_data c SET volume_steps = round(c.volume_steps * v.ten), volume_scale = v.volume_scale
FROM (
    SELECT *, ('1e' || volume_scale)::double precision AS ten FROM series_scales
    WHERE volume_scale > 0
) AS v
WHERE (c.instrument_id, c.timeframe) = (v.instrument_id, v.timeframe)
    AND c.volume_steps * v.ten < 1e15
    AND round(c.volume_steps * v.ten) / v.ten = c.volume_steps
"""

# What a person, a question and a chart read: prices.
CANDLES = """
CREATE VIEW candles AS
SELECT instrument_id, timeframe, ts,
    from_steps(open_steps, price_scale) AS open, from_steps(high_steps, price_scale) AS high,
    from_steps(low_steps, price_scale) AS low, from_steps(close_steps, price_scale) AS close,
    from_steps(volume_steps, volume_scale) AS volume,
    ts_event, ts_init, provenance, revision
FROM ohlcv_data;

UPDATE row_tags SET table_name = 'candles' WHERE table_name = 'ohlcv_data';
"""

ROLL_UPS = """
CREATE OR REPLACE FUNCTION rolled_from_minutes(
    number integer, step interval, since timestamptz, until timestamptz
) RETURNS TABLE (
    ts timestamptz, open double precision, high double precision, low double precision,
    close double precision, volume double precision, minutes integer
) LANGUAGE sql STABLE AS $$
    SELECT date_bin(step, c.ts, '1970-01-01 00:00+00') AS bucket,
        (array_agg(c.open ORDER BY c.ts))[1], max(c.high), min(c.low),
        (array_agg(c.close ORDER BY c.ts DESC))[1], sum(c.volume ORDER BY c.ts),
        count(*)::integer
    FROM candles c
    WHERE c.instrument_id = number AND c.timeframe = '1m' AND c.ts >= since AND c.ts < until
    GROUP BY bucket
$$;

CREATE OR REPLACE FUNCTION keep_candle_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO candle_revisions VALUES (
        OLD.instrument_id, OLD.timeframe, OLD.ts, OLD.revision,
        from_steps(OLD.open_steps, OLD.price_scale), from_steps(OLD.high_steps, OLD.price_scale),
        from_steps(OLD.low_steps, OLD.price_scale), from_steps(OLD.close_steps, OLD.price_scale),
        from_steps(OLD.volume_steps, OLD.volume_scale),
        OLD.provenance, OLD.ts_init, NEW.ts_init
    ) ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
"""

HAS_TIMESCALE = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"
AGGREGATES = """
SELECT format('%I.%I', view_schema, view_name) FROM timescaledb_information.continuous_aggregates
WHERE hypertable_name = 'ohlcv_data'
"""
COMPRESSED = """
SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
WHERE hypertable_name = 'ohlcv_data' AND is_compressed
"""


def upgrade() -> None:
    connection = op.get_bind()

    def run(statement: str) -> sa.CursorResult[tuple[str]]:
        # Straight to the driver: colons and percent signs in the SQL are its own.
        return connection.exec_driver_sql(statement.replace("%", "%%"))

    run("SET LOCAL extra_float_digits = 1")
    if connection.scalar(sa.text(HAS_TIMESCALE)):
        # The next start makes them anew, of prices; the policy compresses again by itself.
        run("CREATE OR REPLACE VIEW rolled_stored AS SELECT * FROM candle_rollups")
        for (name,) in run(AGGREGATES).fetchall():
            run(f"DROP MATERIALIZED VIEW {name}")
        for (name,) in run(COMPRESSED).fetchall():
            run(f"SELECT decompress_chunk('{name}')")
    for statement in (
        FROM_STEPS, STEPS, SERIES_SCALES, CONVERT_PRICES, CONVERT_VOLUMES, CANDLES, ROLL_UPS,
    ):  # fmt: skip
        run(statement)
