from __future__ import annotations

from fks_desk.core.errors import (
    DataError,
    FeedUnavailable,
    FKSException,
    OrderRefused,
    OutcomeUnknown,
    StorageError,
    StorageUnavailable,
    TradingError,
)


def test_the_sentence_is_for_the_user_and_the_fields_are_for_the_log() -> None:
    error = DataError("no answer", venue="kraken", after_s=10)

    assert error.message == "no answer"
    assert str(error) == "no answer (venue='kraken', after_s=10)"
    assert str(DataError("no answer")) == "no answer"


def test_only_what_waiting_can_mend_is_retryable() -> None:
    assert FeedUnavailable.retryable
    assert StorageUnavailable.retryable
    assert not StorageError.retryable
    assert not OutcomeUnknown.retryable
    assert not FKSException.retryable


def test_refused_and_unknown_are_different_decisions() -> None:
    assert issubclass(OrderRefused, TradingError)
    assert issubclass(OutcomeUnknown, TradingError)
    assert not issubclass(OutcomeUnknown, OrderRefused)
