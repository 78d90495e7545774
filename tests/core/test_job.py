from __future__ import annotations

from threading import Thread

import pytest

from fks_desk.core.job import CancelToken, Queue, RetryPolicy


def test_a_token_can_be_cancelled_from_another_thread() -> None:
    token = CancelToken()
    assert not token.is_cancelled

    thread = Thread(target=token.cancel)
    thread.start()
    thread.join()

    assert token.is_cancelled


@pytest.mark.parametrize(("tries", "wait_s"), [(0, 1.0), (1, -0.1)])
def test_a_policy_that_never_tries_is_refused(tries: int, wait_s: float) -> None:
    with pytest.raises(ValueError, match="need tries >= 1 and wait_s >= 0"):
        RetryPolicy(tries=tries, wait_s=wait_s)


def test_there_are_three_lanes() -> None:
    assert [queue.value for queue in Queue] == ["high", "default", "low"]
