from __future__ import annotations

import json
import math

import pytest

from fks_desk.strategy import catalog

WAVE = [round(200 + 40 * math.sin(place / 6)) for place in range(200)]
NAMES = [strategy.name for strategy in catalog.strategies()]


@pytest.fixture
def waves(fks, candles):
    assert fks("import", candles("WAVEUSDT-5m.csv", WAVE)).exit_code == 0


def run(fks, *words):
    result = fks("backtest", "--symbol", "WAVE/USDT", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_run_has_metrics_and_trades_that_agree(fks, waves):
    report = run(fks, "--strategy", "sma_cross", "--set", "fast=3", "--set", "slow=9")

    assert report["params"] == {"fast": 3, "slow": 9, "short": 0}
    assert report["metrics"]["trades"] == len(report["trades"]) > 3
    profit = sum(trade["pnl"] for trade in report["trades"])
    assert report["metrics"]["net_profit"] == pytest.approx(profit)
    assert report["from"] == "2024-03-01T00:00:00+00:00"


def test_the_same_run_twice_gives_the_same_digest_under_another_name(fks, waves):
    first, second = (run(fks, "--set", "fast=3", "--set", "slow=9") for _ in range(2))

    assert first["digest"] == second["digest"]
    assert first["run"] != second["run"]


def test_costs_make_a_run_worse(fks, waves):
    words = ("--set", "fast=3", "--set", "slow=9")

    free = run(fks, *words, "--fee-bps", "0", "--slippage-bps", "0")
    dear = run(fks, *words, "--fee-bps", "50", "--slippage-bps", "10")

    assert free["metrics"]["fees"] == 0
    assert dear["metrics"]["final_equity"] < free["metrics"]["final_equity"]


def test_cash_is_kept_to_the_digit(fks, waves):
    report = run(fks, "--set", "fast=3", "--set", "slow=9", "--cash", "1234.56")

    assert report["cash"] == "1234.56"


def test_a_run_is_stored_whole(fks, waves, data_folder):
    import psycopg

    from fks_desk.adapters.storage.embedded import EmbeddedServer

    report = run(fks, "--set", "fast=3", "--set", "slow=9")

    with psycopg.connect(EmbeddedServer(data_folder / "postgres").url) as connection:
        query = "SELECT count(*) FROM backtest_trades WHERE run = %s"
        row = connection.execute(query, [report["run"]]).fetchone()
    assert row == (len(report["trades"]),)


def test_the_range_limits_what_is_tested(fks, waves):
    report = run(fks, "--set", "fast=3", "--set", "slow=9", "--from", "2024-03-01T08:00")

    assert report["metrics"]["bars"] == 104


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_runs_with_its_defaults(fks, waves, name):
    assert run(fks, "--strategy", name)["strategy"] == name


def test_a_person_sees_the_metrics_the_trades_and_the_name_of_the_run(fks, waves):
    result = fks("backtest", "--symbol", "WAVE/USDT", "--set", "fast=3", "--set", "slow=9")

    assert result.exit_code == 0
    for words in ("total return", "max drawdown", "Sharpe", "trades (UTC, USDT)", "stored as run"):
        assert words in result.stdout


def test_the_list_names_every_strategy_with_its_parameters(fks):
    told, fields = fks("backtest", "--list"), fks("backtest", "--list", "--json")

    assert [one["name"] for one in json.loads(fields.stdout)] == NAMES
    assert all(name in told.stdout for name in NAMES)
    assert "--set fast=20" in told.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--strategy", "luck"), "the strategies are: sma_cross"),
        (("--set", "fast=50", "--set", "slow=10"), "need 0 < fast < slow, were 50 and 10"),
        (("--set", "fast"), "--set is written NAME=VALUE"),
        (("--set", "fast=ten"), "fast must be a number"),
        (("--set", "fast=5", "--set", "fast=6"), "given twice"),
        (("--set", "speed=5"), "unknown parameter speed"),
        (("--set", "fast=nan"), "fast must be finite"),
        (("--symbol", "BTC"), "such as BTC/USDT"),
        (("--from", "2024-03-02", "--to", "2024-03-01"), "need --from before --to"),
        (("--fee-bps", "6000"), "need 0 <= fee < 5000"),
    ],
)
def test_a_wish_that_cannot_be_run_is_one_sentence(fks, sentence, waves, words, said):
    result = fks("backtest", "--symbol", "WAVE/USDT", *words)

    assert result.exit_code == 2
    assert said in sentence(result)


@pytest.mark.parametrize("option", ["--cash", "--fee-bps", "--slippage-bps"])
@pytest.mark.parametrize("amount", ["much", "-1", "NaN"])
def test_an_amount_that_is_none_is_refused(fks, option, amount):
    result = fks("backtest", option, amount)

    assert result.exit_code == 2
    assert option in result.stderr


def test_too_few_candles_are_answered_with_how_many_are_needed(fks, sentence, waves):
    result = fks("backtest", "--symbol", "WAVE/USDT", "--to", "2024-03-01T01:00")

    assert result.exit_code == 1
    assert "needs at least" in sentence(result)


def test_no_candles_are_answered_with_how_to_get_some(fks, sentence, waves):
    result = fks("backtest", "--symbol", "WAVE/USDT", "--timeframe", "1h")

    assert result.exit_code == 1
    assert "fks-desk import FILE" in sentence(result)


def test_a_real_year_is_tested(fks, real_data):
    file = real_data / "ohlcv" / "binance-spot_BTCUSDT_4h_2023-05-30_2025-06-30.csv.gz"
    assert fks("import", file).exit_code == 0

    result = fks("backtest", "--timeframe", "4h", "--from", "2024-01-01", "--to", "2025-01-01",
                 "--json")  # fmt: skip

    report = json.loads(result.stdout)
    assert report["metrics"]["bars"] == 366 * 6
    assert report["metrics"]["missing_bars"] == 0
