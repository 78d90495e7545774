"""Signatures: Binance's own published example, and every way to get it wrong."""

from __future__ import annotations

import pytest

from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.signing import check_key, check_rest_signature, check_ws_signature
from fks_desk.venue.keys import Keys

# The key, the request and the digest are the example in Binance's public documentation.
KEYS = Keys(
    api_key="vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    secret="NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
    uid=1,
)
QUERY = (
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
    "&recvWindow=5000&timestamp=1499827319559"
)
DIGEST = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"{QUERY}&signature={DIGEST}", ""),
        ("", f"{QUERY}&signature={DIGEST}"),
        (f"signature={DIGEST}", QUERY),
    ],
)
def test_the_published_example_passes_wherever_it_is_put(query, body):
    check_rest_signature(query, body, Params({"signature": DIGEST}), KEYS)


@pytest.mark.parametrize("query", [QUERY.replace("0.1", "0.2"), QUERY + "&x=1", QUERY.lower()])
def test_a_changed_request_does_not(query):
    with pytest.raises(ApiError) as refused:
        check_rest_signature(query, "", Params({"signature": DIGEST}), KEYS)
    assert refused.value.code == -1022


def test_a_signature_that_is_no_text_of_ours_is_just_wrong():
    with pytest.raises(ApiError):
        check_ws_signature({"timestamp": "1", "signature": "ä"}, KEYS)


def test_keys_are_told_apart_by_shape_and_by_owner():
    check_key(KEYS.api_key, KEYS)
    for key, code in (("", -2014), ("with space", -2014), ("x" * 64, -2015)):
        with pytest.raises(ApiError) as refused:
            check_key(key, KEYS)
        assert (refused.value.code, refused.value.status) == (code, 401)
