"""An account is read page by page, and each fill knows its order."""

from __future__ import annotations

from fks_desk.adapters.exchange import account
from fks_desk.core.clock import EPOCH


async def test_pages_follow_one_another_without_loss_or_repeat(desk, monkeypatch):
    monkeypatch.setattr(account, "_PAGE", 3)
    placed = [await desk.broker.submit(desk.intent(size="0.0005")) for _ in range(8)]
    orders = await desk.connection.account.recent_orders(desk.btc.id, EPOCH)
    fills = await desk.connection.account.fills(desk.btc.id, EPOCH)

    assert [one.client_id for one in orders] == [one.client_id for one in placed]
    assert [one.client_id for one in fills] == [one.client_id for one in placed]
    assert len({one.key for one in fills}) == 8


async def test_a_fill_of_an_order_never_seen_asks_for_its_id(desk, tmp_path):
    placed = await desk.broker.submit(desk.intent())
    desk.connection.account._reads.client_ids.clear()
    (fill,) = await desk.connection.account.fills(desk.btc.id, EPOCH)

    assert fill.client_id == placed.client_id


async def test_only_what_is_newer_is_read(desk):
    placed = await desk.broker.submit(desk.intent())
    after = placed.updated.replace(year=placed.updated.year + 1)

    assert await desk.connection.account.fills(desk.btc.id, after) == []
    assert await desk.connection.account.recent_orders(desk.btc.id, after) == []
