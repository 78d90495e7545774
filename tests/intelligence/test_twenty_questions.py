"""Ask twenty questions in two wordings each, and compare rows and numbers with plain SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import psycopg
import pytest

from fks_desk.adapters.llm import sentences
from fks_desk.adapters.llm.sentences import SentenceEmbedder
from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.core.messages import AskQuestion
from fks_desk.intelligence.orchestrator import Orchestrator
from tests.fakes.rows import BTC, DEMO
from tests.intelligence.conftest import ingest_into

FIRST = 5
ENOUGH = 0.8


@dataclass(frozen=True)
class Asked:
    """Hold two wordings, SQL for the rows they need and SQL for further numbers."""

    wordings: tuple[str, str]
    rows: str  # returns one column of references
    numbers: str = "SELECT 0"  # the answer's key numbers, and others that it may tell
    keys: int = 0  # how many of the first numbers must be told
    words: tuple[str, ...] = ()


_BTC, _ETH, _SOL = ("demo:spot:BTC/USDT", "demo:spot:ETH/USDT", "demo:spot:SOL/USDT")
_FROM = "FROM candles c JOIN instruments i ON i.id = c.instrument_id WHERE i.instrument ="
_MARK = (
    f"(SELECT close::text::numeric {_FROM} '{_SOL}' AND timeframe = '5m' ORDER BY ts DESC LIMIT 1)"
)
_DAY = "c.ts >= '2026-03-04 00:00+00' AND c.ts < '2026-03-05 00:00+00'"
_CANDLES = f"{_FROM} '{_ETH}' AND c.timeframe = '5m' AND {_DAY}"
_WEEK = "ts_event >= '2026-03-02 00:00+00' AND ts_event < '2026-03-09 00:00+00'"

QUESTIONS = (
    Asked(
        ("Why am I long BTC?", "What led to my bitcoin position?"),
        f"""SELECT 'position:demo/{_BTC}' UNION ALL
        (SELECT 'trade:' || id FROM trades WHERE instrument = '{_BTC}' AND side = 'buy'
            ORDER BY ts_event DESC LIMIT 1) UNION ALL
        (SELECT 'order:' || client_id FROM trades WHERE instrument = '{_BTC}' AND side = 'buy'
            ORDER BY ts_event DESC LIMIT 1)""",
        f"""SELECT p.size, p.average_price, sum(t.size) FILTER (WHERE t.side = 'buy'),
            sum(t.size) FILTER (WHERE t.side = 'sell'), count(*)
        FROM positions p JOIN trades t USING (instrument)
        WHERE p.instrument = '{_BTC}' AND t.ts_event >= p.opened
        GROUP BY p.size, p.average_price""",
        keys=5,
        words=("long",),
    ),
    Asked(
        ("How much ether do I hold?", "What's the size of my ETH position?"),
        f"SELECT 'position:demo/{_ETH}'",
        f"SELECT size, average_price FROM positions WHERE instrument = '{_ETH}'",
        keys=2,
    ),
    Asked(
        ("What is my unrealised PnL on SOL?", "If I closed solana now, what would I gain or lose?"),
        f"SELECT 'position:demo/{_SOL}'",
        f"""SELECT (m - average_price) * size, m, m * size, size, average_price
        FROM positions, (SELECT {_MARK} AS m) AS mark WHERE instrument = '{_SOL}'""",
        keys=3,
    ),
    Asked(
        ("What was my last trade?", "Tell me about the most recent execution."),
        "SELECT 'trade:' || id FROM trades ORDER BY ts_event DESC, id DESC LIMIT 1",
        "SELECT price, size FROM trades ORDER BY ts_event DESC, id DESC LIMIT 1",
        keys=2,
    ),
    Asked(
        ("When did I last sell SOL?", "What is my latest sale of solana?"),
        f"""SELECT 'trade:' || id FROM trades WHERE side = 'sell' AND instrument = '{_SOL}'
        ORDER BY ts_event DESC LIMIT 1""",
        f"""SELECT price, size FROM trades WHERE side = 'sell' AND instrument = '{_SOL}'
        ORDER BY ts_event DESC LIMIT 1""",
        keys=2,
    ),
    Asked(
        ("What's the biggest trade I ever made?", "Which execution had the highest notional?"),
        "SELECT 'trade:' || id FROM trades ORDER BY price * size DESC LIMIT 1",
        "SELECT max(price * size) FROM trades",
        keys=1,
    ),
    Asked(
        ("Which of my trades lost the most?", "What was my most painful exit?"),
        "SELECT 'trade:' || id FROM trades WHERE is_closing ORDER BY realised LIMIT 1",
        "SELECT min(realised) FROM trades WHERE is_closing",
        keys=1,
    ),
    Asked(
        ("What was my most profitable trade?", "Which sale made me the most money?"),
        "SELECT 'trade:' || id FROM trades WHERE is_closing ORDER BY realised DESC LIMIT 1",
        "SELECT max(realised) FROM trades WHERE is_closing",
        keys=1,
    ),
    Asked(
        ("What did I pay in fees so far?", "How much commission has the exchange taken from me?"),
        "SELECT 'trade:' || max(id) FROM trades GROUP BY fee_currency",
        """SELECT (SELECT sum(fee) FROM trades WHERE fee_currency = 'USDT'),
            (SELECT sum(fee) FROM trades WHERE fee_currency = 'BTC'),
            (SELECT array_agg(fee) FROM (SELECT sum(fee) AS fee FROM trades
                GROUP BY fee_currency) AS f),
            (SELECT array_agg(n) FROM (SELECT count(*) AS n FROM trades
                GROUP BY fee_currency) AS c)""",
        keys=2,
    ),
    Asked(
        ("How much profit did I book on ETH?", "Have I made or lost money with ethereum?"),
        f"SELECT 'trade:' || max(id) FROM trades WHERE instrument = '{_ETH}'",
        f"SELECT sum(realised), count(*) FROM trades WHERE instrument = '{_ETH}'",
        keys=2,
    ),
    Asked(
        ("How many trades did I make this week?", "What's the number of my fills this week?"),
        f"SELECT 'trade:' || max(id) FROM trades WHERE {_WEEK}",
        f"""SELECT count(*), count(*) FILTER (WHERE side = 'buy'),
            count(*) FILTER (WHERE side = 'sell'), count(DISTINCT client_id)
        FROM trades WHERE {_WEEK}""",
        keys=3,
    ),
    Asked(
        ("What is my win rate?", "How many of my closed trades were winners?"),
        "SELECT 'trade:' || max(id) FROM trades WHERE is_closing",
        """SELECT count(*) FILTER (WHERE realised > 0), count(*),
            count(*) FILTER (WHERE realised < 0),
            round(count(*) FILTER (WHERE realised > 0)::numeric / count(*), 4)
        FROM trades WHERE is_closing""",
        keys=4,
    ),
    Asked(
        ("Which orders are open?", "What is still resting in the book?"),
        "SELECT 'order:' || client_id FROM orders WHERE state = 'open'",
        "SELECT count(*) FROM orders WHERE state = 'open'",
        keys=1,
    ),
    Asked(
        ("Did any order get rejected?", "Was one of my orders turned down, and why?"),
        "SELECT 'order:' || client_id FROM orders WHERE state = 'rejected'",
        words=("insufficient",),
    ),
    Asked(
        ("How much USDT do I have?", "What's my cash balance?"),
        "SELECT 'balance:demo/USDT'",
        "SELECT free + locked, free, locked FROM balances WHERE currency = 'USDT'",
        keys=2,
    ),
    Asked(
        ("How did the last backtest do?", "What return did my newest simulation show?"),
        "SELECT 'backtest:' || run FROM backtest_runs ORDER BY created DESC LIMIT 1",
        """SELECT (metrics ->> 'total_return')::numeric, (metrics ->> 'sharpe')::numeric
        FROM backtest_runs ORDER BY created DESC LIMIT 1""",
        keys=2,
    ),
    Asked(
        ("Which backtest had the best Sharpe ratio?", "What run was strongest by sharpe?"),
        """SELECT 'backtest:' || run FROM backtest_runs
        ORDER BY (metrics ->> 'sharpe')::numeric DESC LIMIT 1""",
        "SELECT max((metrics ->> 'sharpe')::numeric) FROM backtest_runs",
        keys=1,
    ),
    Asked(
        ("What was the last signal for ETH?", "What does the strategy say about ether?"),
        f"""SELECT 'signal:' || id FROM signals WHERE instrument = '{_ETH}'
        ORDER BY ts_event DESC LIMIT 1""",
        f"""SELECT price, confidence::text::numeric FROM signals WHERE instrument = '{_ETH}'
        ORDER BY ts_event DESC LIMIT 1""",
        keys=2,
    ),
    Asked(
        ("What was the high of ETH yesterday?", "How high did ether climb yesterday?"),
        f"""SELECT 'candle:{_ETH}/5m/' || (extract(epoch FROM c.ts) * 1000)::bigint {_CANDLES}
        ORDER BY c.high DESC LIMIT 1""",
        f"""SELECT max(high)::text::numeric, min(low)::text::numeric,
            (array_agg(open ORDER BY ts))[1]::text::numeric,
            (array_agg(close ORDER BY ts DESC))[1]::text::numeric, sum(volume)::text::numeric,
            count(*), ((array_agg(close ORDER BY ts DESC))[1] / (array_agg(open ORDER BY ts))[1]
                - 1)::text::numeric
        {_CANDLES}""",
        keys=1,
    ),
    Asked(
        ("Which coin do I trade the most?", "What's my trading volume by symbol?"),
        """SELECT 'trade:' || max(id) FROM trades WHERE instrument = (SELECT instrument FROM trades
        GROUP BY instrument ORDER BY sum(price * size) DESC LIMIT 1)""",
        """SELECT max(n), array_agg(n), array_agg(s), array_agg(c) FROM (SELECT
            sum(price * size) AS n, sum(size) AS s, count(*) AS c FROM trades
            GROUP BY instrument) AS v""",
        keys=1,
    ),
)


@pytest.fixture(params=["words", pytest.param("sentences", marks=pytest.mark.slow)])
async def embedder(request):
    if request.param == "words":
        yield WordEmbedder()
        return
    folder = sentences.packaged_folder()
    if not (sentences.available() and folder):
        pytest.skip("the extra `ai` is not installed")
    opened = SentenceEmbedder(folder=folder)
    await opened.start()
    yield opened
    await opened.close()


async def test_forty_asks_cite_the_rows_they_need_and_tell_the_numbers_of_sql(
    stores, embedder, lived_url, clock
):
    ingest = ingest_into(stores, embedder)
    await ingest.catch_up()
    await ingest.fill_gaps()
    asked = Orchestrator(
        facts=stores.facts,
        documents=stores.documents,
        embedder=embedder,
        language_model=None,
        journal=None,
        clock=clock,
        publish=lambda _event: None,
    )
    hits, misses, wrong = 0, [], []
    with psycopg.connect(lived_url) as connection:
        for question in QUESTIONS:
            wanted = {row[0] for row in connection.execute(question.rows)}
            assert wanted, question.wordings[0]
            for wording in question.wordings:
                answer = await asked.answer(
                    AskQuestion(question="q", text=wording, account=DEMO, instrument=BTC)
                )
                first = {str(citation.ref) for citation in answer.citations[:FIRST]}
                hits += wanted <= first
                if not wanted <= first:
                    misses.append(f"{wording}: {sorted(wanted - first)} not in {sorted(first)}")
                wrong += untrue(connection, question, wording, answer)
    score = hits / (2 * len(QUESTIONS))
    print(f"\n{type(embedder).__name__}: {hits} of {2 * len(QUESTIONS)} asks, {score:.0%}")
    print("\n".join(misses))

    assert not wrong, "\n".join(wrong)
    assert score >= ENOUGH


def untrue(connection, question, wording, answer):
    """Return what an answer tells that SQL does not, and what it should have told."""
    *lines, note = answer.text.split("\n")
    assert note == "No language model is installed: this answer comes from evidence alone."
    text = "\n".join(lines)
    keyed = flat(connection.execute(question.numbers).fetchone())
    true = keyed + [
        number
        for citation in answer.citations
        for number in stored_numbers(connection, citation.ref)
    ]
    told = numbers_told(text)
    bad = [f"{wording}: {one[0]} is not in the rows" for one in told if not is_among(one, true)]
    bad += [
        f"{wording}: {key} is not told in {text!r}"
        for key in keyed[: question.keys]
        if not any(is_among(one, [key]) for one in told)
    ]
    bad += [f"{wording}: {word!r} is not told" for word in question.words if word not in text]
    return bad


_TABLES = {
    "trade": "SELECT *, price * size AS notional FROM trades WHERE id::text = %s",
    "order": "SELECT * FROM orders WHERE client_id = %s",
    "position": "SELECT * FROM positions WHERE account || '/' || instrument = %s",
    "balance": "SELECT *, free + locked FROM balances WHERE account || '/' || currency = %s",
    "signal": "SELECT *, inputs::text FROM signals WHERE id = %s",
    "backtest": "SELECT *, (SELECT jsonb_agg(value) FROM jsonb_each(metrics)) FROM backtest_runs"
    " WHERE run = %s",
}


def stored_numbers(connection, ref):
    """Return every number of a cited row, read by SQL of the test's own."""
    if ref.kind == "candle":
        instrument, timeframe, stamp = ref.key.rsplit("/", 2)
        rows = connection.execute(
            "SELECT c.* FROM candles c JOIN instruments i ON i.id = c.instrument_id"
            " WHERE i.instrument = %s AND timeframe = %s AND ts = to_timestamp(%s / 1000.0)",
            [instrument, timeframe, int(stamp)],
        ).fetchall()
    elif ref.kind == "journal":
        rows = connection.execute(
            "SELECT sequence FROM journal WHERE sequence = %s", [int(ref.key)]
        ).fetchall()
    else:
        rows = connection.execute(_TABLES[ref.kind], [ref.key]).fetchall()
    assert rows, f"{ref} is cited and not stored"
    return flat(rows[0])


def flat(values):
    """Return the numbers among values, lists and objects looked into."""
    found = []
    for value in values:
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float | Decimal):
            found.append(Decimal(str(value)))
        elif isinstance(value, list | tuple):
            found += flat(value)
        elif isinstance(value, dict):
            found += flat(value.values())
    return found


_SKIPPED = re.compile(
    r"\[\d+\]|\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?|\b\w*[A-Za-z_]\w*(-\w+)*\b|\b[a-z]+-\d+\b"
)
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?)( %)?")


def numbers_told(text):
    """Return each number of a text as written, as a value, and whether it is in percent."""
    plain = _SKIPPED.sub(" ", text)
    return [(one[1], Decimal(one[1]), bool(one[2])) for one in _NUMBER.finditer(plain)]


def is_among(one, values):
    written, value, is_percent = one
    digits = len(written.partition(".")[2])
    step = Decimal(1).scaleb(-digits if not is_percent else -max(digits, 2))
    # A number with fewer than eight digits is told in full; only longer ones are shortened.
    exact = Decimal(1).scaleb(-8)
    for known in values:
        scaled = known * 100 if is_percent else known
        for candidate in (scaled, abs(scaled)):
            # Told, not left to the context: ccxt sets that to round half up.
            if value in (candidate, candidate.quantize(exact, ROUND_HALF_EVEN)):
                return True
            if is_percent and value == candidate.quantize(step, ROUND_HALF_EVEN):
                return True
            if digits in (0, 1, 2) and not is_percent and value == round(candidate, 2):
                return True
    return False
