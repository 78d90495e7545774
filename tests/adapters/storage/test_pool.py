from __future__ import annotations

import asyncio

import pytest

from fks_desk.adapters.storage.pool import Pool


@pytest.fixture
def pool(database_url: str) -> Pool:
    settings = {"application_name": "pool-test"}
    return Pool(database_url, size=2, wait_s=5.0, settings=settings)


async def connections(pool: Pool) -> int:
    async with pool.lend() as connection:
        found = await connection.execute(
            "SELECT count(*) AS n FROM pg_stat_activity "
            "WHERE application_name = 'pool-test' AND datname = current_database()"
        )
        row = await found.fetchone()
    assert row is not None
    return int(row["n"])


async def test_a_connection_is_lent_again_and_again(pool: Pool) -> None:
    assert [await connections(pool) for _ in range(3)] == [1, 1, 1]

    await pool.close()


async def test_a_caller_that_is_cancelled_while_it_is_served_leaves_no_connection_behind(
    pool: Pool,
) -> None:
    async with pool.lend():
        pass
    (idle,) = pool._idle
    caller = asyncio.ensure_future(connections(pool))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    assert idle.closed or idle in pool._idle

    await pool.close()


async def test_what_comes_back_after_the_end_is_closed(pool: Pool) -> None:
    async with pool.lend() as connection:
        await pool.close()

    assert connection.closed
    assert pool._idle == []
