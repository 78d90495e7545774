"""A key that could take money away is refused, and a key of another account is noticed."""

from __future__ import annotations

import pytest

from fks_desk.adapters.exchange.rights import KeyRights, require_harmless, warnings_of
from fks_desk.core.errors import ConfigError
from fks_desk.venue.keys import KeyRights as Granted

GOOD = {"can_trade": True, "can_trade_futures": True, "can_withdraw": False, "is_bound_to_ip": True}


async def test_the_venue_tells_what_its_key_may_do(open_desk):
    rights = Granted(can_trade=True, can_withdraw=True, is_bound_to_ip=False)
    async with open_desk({"rights": rights}) as desk:
        found = await desk.connection.key_rights()

    assert (found.can_trade, found.can_withdraw, found.is_bound_to_ip) == (True, True, False)


async def test_the_identity_is_the_venues_own_number(desk):
    assert await desk.connection.identity() == str(desk.venue.uid)


def test_a_key_that_may_withdraw_is_refused():
    with pytest.raises(ConfigError, match="may withdraw money; make one without that right"):
        require_harmless(KeyRights(**{**GOOD, "can_withdraw": True}), "binance")


@pytest.mark.parametrize(
    ("right", "is_futures", "word"),
    [("can_trade", False, "spot trading"), ("can_trade_futures", True, "futures")],
)
def test_a_key_that_may_not_trade_is_refused(right, is_futures, word):
    with pytest.raises(ConfigError, match=f"allow {word} at the venue"):
        require_harmless(KeyRights(**{**GOOD, right: False}), "binance", is_futures=is_futures)


def test_a_key_for_any_address_is_warned_about():
    assert warnings_of(KeyRights(**GOOD)) == ()
    assert "bind it" in warnings_of(KeyRights(**{**GOOD, "is_bound_to_ip": False}))[0]
