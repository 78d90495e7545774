from __future__ import annotations

from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.metrics_text import metric_texts


def test_fractions_are_percentages_and_losses_are_marked() -> None:
    texts = metric_texts(
        {"max_drawdown": -0.1821, "total_return": 0.1234, "trades": 1200.0, "win_rate": 0.5},
        "USDT",
    )

    assert [(one.title, one.value, one.tone) for one in texts] == [
        ("Return", "+12.34 %", Tone.UP),
        ("Max drawdown", "−18.21 %", Tone.DOWN),
        ("Trades", "1,200", Tone.PLAIN),
        ("Win rate", "50.0 %", Tone.PLAIN),
    ]


def test_a_run_without_a_losing_trade_says_so() -> None:
    texts = metric_texts({"profit_factor": 1000.0, "net_profit": -0.001}, "USDT")

    assert [one.value for one in texts] == ["no loss", "0.00 USDT"]
