"""Turn what ccxt raises for any exchange into the one decision that a caller has to take."""

from __future__ import annotations

from http import HTTPStatus

from fks_desk.adapters.exchange.library import answer
from fks_desk.core.errors import (
    ConfigError,
    DataError,
    FeedUnavailable,
    FKSException,
    RateLimitError,
)

_SLOWER = frozenset({"RateLimitExceeded", "DDoSProtection"})
_PASSING = frozenset(
    {"NetworkError", "BadResponse", "ExchangeClosedByUser", "OSError", "TimeoutError"}
)


def unified_error(error: BaseException, *, venue: str, what: str) -> FKSException:
    """Return the error, judged by the classes of ccxt that it descends from."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    answered = answer(error)
    said = answered.text or type(error).__name__
    if kinds & _SLOWER or answered.is_banned:
        return RateLimitError(f"{venue} asked us to slow down with {what}: {said}")
    if kinds & _PASSING or answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FeedUnavailable(f"{venue} is out of reach for {what}: {said}")
    if "AuthenticationError" in kinds:
        return ConfigError(f"{venue} gives {what} to holders of an API key only: {said}")
    if "NotSupported" in kinds:
        return DataError(f"{venue} does not offer {what}: {said}")
    return DataError(f"{venue} refused {what}: {said}")
