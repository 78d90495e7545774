"""Each class of ccxt's errors leads to one decision."""

from __future__ import annotations

import pytest

from fks_desk.adapters.exchange.package import exchange_class
from fks_desk.adapters.exchange.unified.errors import unified_error
from fks_desk.core.errors import ConfigError, DataError, FeedUnavailable, RateLimitError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RateLimitExceeded", RateLimitError),
        ("DDoSProtection", RateLimitError),
        ("NetworkError", FeedUnavailable),
        ("RequestTimeout", FeedUnavailable),
        ("ChecksumError", FeedUnavailable),
        ("OnMaintenance", FeedUnavailable),
        ("ExchangeClosedByUser", FeedUnavailable),
        ("AuthenticationError", ConfigError),
        ("NotSupported", DataError),
        ("BadSymbol", DataError),
    ],
)
def test_ccxt_errors(name, kind):
    exchange_class("kraken")
    from ccxt.base import errors

    told = unified_error(getattr(errors, name)("said so"), venue="v", what="trades")
    assert type(told) is kind
    assert "said so" in told.message


def test_the_network_below():
    assert type(unified_error(OSError("gone"), venue="v", what="x")) is FeedUnavailable
