"""Every answer of an exchange leads to one decision; any doubt is an unknown outcome."""

from __future__ import annotations

import re

import pytest

from fks_desk.adapters.exchange.errors import (
    Answer,
    answer_of,
    cancel_error,
    order_error,
    read_error,
)
from fks_desk.core.errors import (
    DataError,
    FeedUnavailable,
    KeyRefused,
    OrderKeyRefused,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)

DOUBTFUL = {-1000, -1001, -1006, -1007}


def order(answer: Answer):
    return order_error(answer, venue="demo", what="the order t-1")


def test_a_refusal_carries_the_venues_own_words_and_code():
    error = order(Answer(status=400, code=-2010, text="Account has insufficient balance."))

    assert isinstance(error, OrderRefused)
    assert error.message == (
        "demo refused the order t-1: Account has insufficient balance. (-2010)"
    )
    assert error.context["code"] == -2010


@pytest.mark.parametrize("code", [-1002, -1022, -2014, -2015])
def test_a_refused_key_is_a_definite_no_and_told_apart(code):
    answer = Answer(status=401, code=code, text="Invalid API-key.")
    cancel = cancel_error(answer, venue="demo", what="the cancel")

    assert type(order(answer)) is type(cancel) is OrderKeyRefused
    assert isinstance(order(answer), OrderRefused)
    assert isinstance(order(answer), KeyRefused)
    assert not isinstance(order(Answer(status=400, code=-2010)), KeyRefused)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(status=502, text="<html>bad gateway</html>"),
        Answer(status=504),
        Answer(status=400, text="timed out"),
        Answer(status=403, text="<html>firewall</html>"),
        Answer(status=503, text="Unknown error, please check your request or try again later."),
        Answer(status=500, code=-2010, text="a refusal in a crash"),
        Answer(status=400, code=-2010, text="Duplicate order sent."),
        Answer(status=400, code=-7777, text="a code of tomorrow"),
        *[Answer(status=400, code=code) for code in sorted(DOUBTFUL)],
    ],
)
def test_any_doubt_is_an_unknown_outcome(answer):
    assert isinstance(order(answer), OutcomeUnknown)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=503, text="Service Unavailable."),
        Answer(status=429, text="too much"),
        Answer(status=418),
        Answer(status=400, code=-1021),
        Answer(status=400, code=-1015),
        Answer(status=400, code=-1013, text="Filter failure: NOTIONAL"),
    ],
)
def test_what_surely_did_not_happen_is_a_refusal(answer):
    assert isinstance(order(answer), OrderRefused)


def test_every_documented_code_is_decided(real_data):
    text = (real_data / "wire" / "binance_docs" / "errors.md").read_text()
    codes = {int(code) for code in re.findall(r"^### (-\d+)", text, re.MULTILINE)}
    # Sessions of FIX and halves of a cancel-replace, which the desk uses neither of.
    elsewhere = {-1033, -1035, -2021, -2022}
    unknown = {
        code
        for code in codes - elsewhere
        if isinstance(order(Answer(status=400, code=code)), OutcomeUnknown)
    }

    assert len(codes) > 60
    assert unknown == DOUBTFUL


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=400, code=-2011), OrderRefused),
        (Answer(status=429), RateLimitError),
        (Answer(status=400, code=-1021), OutcomeUnknown),
        (Answer(), OutcomeUnknown),
    ],
)
def test_a_cancel_is_refused_only_if_the_order_is_gone(answer, kind):
    assert isinstance(cancel_error(answer, venue="demo", what="the cancel"), kind)


@pytest.mark.parametrize(
    ("answer", "kind", "retryable"),
    [
        (Answer(), FeedUnavailable, True),
        (Answer(status=502), FeedUnavailable, True),
        (Answer(status=429), RateLimitError, True),
        (Answer(status=400, code=-1003), RateLimitError, True),
        (Answer(status=401, code=-2015), KeyRefused, False),
        (Answer(status=401), KeyRefused, False),
        (Answer(status=400, code=-1121, text="Invalid symbol."), DataError, False),
    ],
)
def test_questions_that_change_nothing_say_whether_to_ask_again(answer, kind, retryable):
    error = read_error(answer, venue="demo", what="old candles")

    assert type(error) is kind
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("response", "code", "text"),
    [
        ({"code": -1013, "msg": "no"}, -1013, "no"),
        ({"code": "-1013", "msg": "no"}, -1013, "no"),
        ({"error": {"code": -2015, "msg": "key"}}, -2015, "key"),
        ({"code": "x"}, None, "raw"),
        ([1], None, "raw"),
        (None, None, "raw"),
    ],
)
def test_an_answer_is_read_whatever_its_shape(response, code, text):
    answer = answer_of(400, {"Retry-After": "7"}, response, "raw")

    assert (answer.code, answer.text, answer.retry_after_s) == (code, text, 7.0)


def test_a_page_of_html_does_not_fill_the_log():
    assert len(answer_of(502, None, None, "x" * 10_000).text) == 500
    assert answer_of(502, None, None, "<html>bad gateway</html>").text == ""
