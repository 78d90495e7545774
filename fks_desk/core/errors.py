"""Name what can go wrong, one class per decision a caller can take."""

from __future__ import annotations

from typing import ClassVar


class FKSException(Exception):
    """Carry a sentence for the user and fields for the log.

    The sentence says what was found and what to do next; the fields are for the
    log line alone.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, /, **context: object) -> None:
        """Keep the context apart from the sentence."""
        super().__init__(message)
        self.message = message
        self.context = context

    def __str__(self) -> str:
        """Append the context, so that one log line tells it all."""
        fields = ", ".join(f"{key}={value!r}" for key, value in self.context.items())
        return f"{self.message} ({fields})" if fields else self.message


class ConfigError(FKSException):
    """Report a setting that cannot be used."""


class KeyRefused(ConfigError):
    """Report a venue that does not take the account's key: a person has to look at it."""


class DataError(FKSException):
    """Report market data or a file that cannot be used."""


class FeedUnavailable(DataError):
    """Report a market feed that is out of reach for now."""

    retryable = True


class StorageError(FKSException):
    """Report a database that cannot do what was asked."""


class StorageUnavailable(StorageError):
    """Report a database that is out of reach for now."""

    retryable = True


class TradingError(FKSException):
    """Report an order that a venue or the desk definitely refused."""


class OrderRefused(TradingError):
    """Report the venue's definite refusal: nothing rests there."""


class OrderKeyRefused(OrderRefused, KeyRefused):
    """Report a request that a venue definitely refused because of the account's key."""


class OutcomeUnknown(TradingError):
    """Report that a request was sent and its outcome is not known.

    Never a reason to send again: only the venue's evidence resolves it.
    """


class ReconcileError(TradingError):
    """Report a difference between venue and desk that needs a person."""


class ModelError(FKSException):
    """Report a language or embedding model that cannot be used."""


class CircuitBreakerError(FKSException):
    """Report a call held back because its target failed too often."""

    retryable = True


class RateLimitError(FKSException):
    """Report a call held back because its budget is used up."""

    retryable = True


class SecretError(FKSException):
    """Report a keyring that is missing, locked or unsafe."""


class TaskError(FKSException):
    """Report a background task that cannot be started or failed."""
