"""Options show no secret and refuse what cannot work."""

from __future__ import annotations

import pytest

from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import AccountId, VenueId
from fks_desk.core.secret import Secret

CREDENTIALS = Credentials(key=Secret("canary-key"), secret=Secret("canary-secret"))


def test_a_secret_shows_as_stars_everywhere():
    options = ExchangeOptions(
        venue=VenueId("demo"), account=AccountId("demo"), credentials=CREDENTIALS
    )

    assert "canary" not in f"{options} {options!r} {CREDENTIALS} {Secret('canary')!s}"
    assert CREDENTIALS.key.reveal == "canary-key"


def test_a_key_needs_an_account():
    with pytest.raises(ConfigError, match="names no account"):
        ExchangeOptions(venue=VenueId("demo"), credentials=CREDENTIALS)
