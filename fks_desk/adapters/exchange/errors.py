"""Turn what an exchange answers into the one decision that a caller has to take.

The codes and their meaning are from Binance's published list of error codes for
spot trading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fks_desk.core.errors import (
    DataError,
    FeedUnavailable,
    FKSException,
    KeyRefused,
    OrderKeyRefused,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)

TIMESTAMP_REFUSED = -1021
NO_SUCH_ORDER = -2013

_RATE_CODES = frozenset({-1003, -1008, -1015, -1034, -1191})
_KEY_CODES = frozenset({-1002, -1022, -2014, -2015})
_REFUSALS = frozenset(
    {-1013, -1014, -1016, -1020, TIMESTAMP_REFUSED, -2010, -2011, NO_SUCH_ORDER, -2016, -2026}
    | {-2035, -2036, -2038, -2039, -2042, -2043, *_RATE_CODES, *_KEY_CODES}
)
_LEAVE_ALONE = frozenset({HTTPStatus.IM_A_TEAPOT, HTTPStatus.TOO_MANY_REQUESTS})
_SERVER_ERROR = HTTPStatus.INTERNAL_SERVER_ERROR
_PASSING = frozenset({0, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT})
_PASSING_CODES = frozenset({-1000, -1001, -1006, -1007, -1016})
# Codes between these speak of the request's form: it never reached the matching engine.
_FORM_CODES = range(-1299, -1099)
# The earlier order with this id may be the very one we are asking about.
_DUPLICATE = "duplicate order sent"
_LONGEST_TEXT = 500
_MAINTENANCE = "service unavailable."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold what an exchange said when it did not do what was asked.

    `status` is the HTTP status or 0 when no answer came; `code` is the
    exchange's own number or None; `retry_after_s` is None unless it named one.
    """

    status: int = 0
    code: int | None = None
    text: str = ""
    retry_after_s: float | None = None
    data: Mapping[str, Any] | None = None

    @property
    def is_banned(self) -> bool:
        """Tell whether nothing at all may be asked for a while."""
        return self.status in _LEAVE_ALONE

    @property
    def is_rate_limited(self) -> bool:
        """Tell whether we asked too much."""
        return self.is_banned or self.code in _RATE_CODES

    @property
    def is_refusal(self) -> bool:
        """Tell whether the exchange surely did not do what was asked."""
        if self.is_rate_limited:
            return True
        if self.status >= _SERVER_ERROR:
            return (
                self.status == HTTPStatus.SERVICE_UNAVAILABLE and _MAINTENANCE in self.text.lower()
            )
        if self.code is None or _DUPLICATE in self.text.lower():
            return False
        return self.code in _REFUSALS or self.code in _FORM_CODES


def answer_of(
    status: int, headers: Mapping[str, str] | None, response: object, body: object = ""
) -> Answer:
    """Read an HTTP answer; `response` is the parsed body or None, `body` the raw one."""
    code, text = _code_and_text(response)
    wait = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after")
    text = text or _plain(body)
    return Answer(
        status=max(0, status),
        code=code,
        text=text,
        retry_after_s=_seconds(wait),
        data=_data(response),
    )


def _data(response: object) -> Mapping[str, Any] | None:
    data = response.get("data") if isinstance(response, dict) else None
    return data if isinstance(data, dict) else None


def _plain(body: object) -> str:
    """Return a short answer in words; a page of HTML says nothing to a person."""
    text = str(body or "").strip()[:_LONGEST_TEXT]
    return "" if text.startswith(("<", "{", "[")) else text


def _code_and_text(response: object) -> tuple[int | None, str]:
    body: Mapping[str, Any] = response if isinstance(response, dict) else {}
    inner = body.get("error")
    body = inner if isinstance(inner, dict) else body
    try:
        code = int(body["code"])
    except (KeyError, TypeError, ValueError):
        code = None
    return code, str(body.get("msg", ""))[:_LONGEST_TEXT]


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def order_error(
    answer: Answer, *, venue: str, what: str, refusals: frozenset[int] = frozenset()
) -> OrderRefused | OutcomeUnknown:
    """Return a definite refusal, or, with any doubt left, an unknown outcome.

    `refusals` are the codes that are a definite no at this market beside those of every one.
    """
    if answer.is_refusal and answer.code in _KEY_CODES:
        return OrderKeyRefused(_sentence(answer, venue, f"refused {what}"), **_fields(answer))
    is_sure = answer.code in refusals and answer.status < _SERVER_ERROR
    if answer.is_refusal or is_sure:
        return OrderRefused(_sentence(answer, venue, f"refused {what}"), **_fields(answer))
    return OutcomeUnknown(
        _sentence(answer, venue, f"gave no certain answer to {what}"), **_fields(answer)
    )


def cancel_error(answer: Answer, *, venue: str, what: str) -> FKSException:
    """Return the error for a cancel: a refusal means that the order is gone or never ours.

    Whatever passes by itself leaves the order as it is, and the cancel may be asked again.
    """
    if answer.is_rate_limited:
        return RateLimitError(_sentence(answer, venue, f"asked us to slow down with {what}"))
    if answer.code == TIMESTAMP_REFUSED:
        return OutcomeUnknown(_sentence(answer, venue, f"refused {what}"), **_fields(answer))
    return order_error(answer, venue=venue, what=what)


def read_error(answer: Answer, *, venue: str, what: str) -> FKSException:
    """Return the error for a request that changes nothing at the exchange."""
    if answer.is_rate_limited:
        return RateLimitError(_sentence(answer, venue, f"asked us to slow down with {what}"))
    if answer.code in _KEY_CODES or answer.status == HTTPStatus.UNAUTHORIZED:
        return KeyRefused(_sentence(answer, venue, "does not accept the API key"))
    if answer.status in _PASSING or answer.code in _PASSING_CODES or answer.status >= _SERVER_ERROR:
        return FeedUnavailable(_sentence(answer, venue, f"is out of reach for {what}"))
    return DataError(_sentence(answer, venue, f"refused {what}"), **_fields(answer))


def _sentence(answer: Answer, venue: str, verdict: str) -> str:
    said = f": {answer.text}" if answer.text else ""
    code = f" ({answer.code})" if answer.code is not None else ""
    return f"{venue} {verdict}{said}{code}"


def _fields(answer: Answer) -> dict[str, object]:
    return {"code": answer.code, "status": answer.status, "text": answer.text}
