"""State the rules of the built-in strategies a second time, with pandas alone."""

from __future__ import annotations

import numpy as np
import pandas as pd


def held_between(enter, leave):
    """Return the rule's hold by filling forward, as a spreadsheet would."""
    told = pd.Series(np.nan, index=enter.index)
    told[enter] = 1.0
    told[leave] = 0.0
    return told.ffill().fillna(0) > 0


def sma_rule(close):
    return close.rolling(20).mean() > close.rolling(50).mean()


def bollinger_rule(close):
    middle = close.rolling(20).mean()
    upper = middle + 2 * close.rolling(20).std(ddof=0)
    return held_between(close > upper, close < middle)


def rsi_rule(close):
    move = close.diff()
    gain, loss = wilder(move.clip(lower=0), 14), wilder(-move.clip(upper=0), 14)
    index = 100 * gain / (gain + loss)
    return held_between(index < 30, index > 55)


def macd_rule(close):
    fast = seeded(close[14:], 12, 2 / 13).reindex(close.index)
    line = fast - seeded(close, 26, 2 / 27)
    return line > seeded(line[25:], 9, 2 / 10).reindex(close.index)


def wilder(values, period):
    return seeded(values[1:], period, 1 / period).reindex(values.index)


def seeded(values, period, weight):
    """Return the exponential mean that starts from the plain mean of its first period."""
    start = values.iloc[:period].mean()
    rest = pd.concat([pd.Series([start], index=values.index[period - 1 : period]), values[period:]])
    return rest.ewm(alpha=weight, adjust=False).mean()


RULES = {
    "sma_cross": sma_rule,
    "rsi_reversion": rsi_rule,
    "macd_trend": macd_rule,
    "bollinger_breakout": bollinger_rule,
}
