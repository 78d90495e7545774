"""The picture of a round trip survives byte for byte, in a backup too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fks_desk.core.pictures import MOST_BYTES, TradePicture
from tests.fakes.rows import DEMO, NOW

PNG = b"\x89PNG\r\n\x1a\n"
ONE = TradePicture(
    account=DEMO, trip="demo:spot:BTC/USDT#7", png=PNG + bytes(range(256)), taken=NOW
)


async def test_a_picture_comes_back_replaces_an_older_one_and_goes(stores):
    table = stores.pictures
    assert await table.picture(DEMO, ONE.trip) is None
    await table.save_picture(ONE)
    later = replace(ONE, png=PNG + b"later", taken=NOW + timedelta(hours=1))

    assert await table.picture(DEMO, ONE.trip) == ONE
    await table.save_picture(later)
    assert await table.picture(DEMO, ONE.trip) == later
    assert await table.taken(DEMO) == {ONE.trip: later.taken}
    await table.remove_picture(DEMO, ONE.trip)
    await table.remove_picture(DEMO, ONE.trip)
    assert await table.taken(DEMO) == {}


async def test_the_table_refuses_more_than_a_picture_may_have(stores, database_url):
    await stores.pictures.save_picture(replace(ONE, png=PNG + bytes(MOST_BYTES - len(PNG))))
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("UPDATE trade_pictures SET png = png || '\\x00'::bytea")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("png", b"GIF89a", "PNG"), ("png", PNG + bytes(MOST_BYTES), "at most"), ("trip", "", "trip")],
)
def test_what_is_no_picture_cannot_be(field, value, said):
    with pytest.raises(ValueError, match=said):
        replace(ONE, **{field: value})
