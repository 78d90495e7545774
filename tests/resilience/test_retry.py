"""Only errors that call themselves retryable are tried again."""

from __future__ import annotations

from itertools import islice

import pytest

from fks_desk.core.errors import FeedUnavailable, OutcomeUnknown
from fks_desk.resilience.retry import Waits, retry


class Flaky:
    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


async def test_a_lost_feed_is_tried_again_until_it_answers():
    work = Flaky(FeedUnavailable("gone"), FeedUnavailable("gone"))

    assert await retry(work, first_wait_s=0.001) == "done"
    assert work.calls == 3


async def test_an_unknown_outcome_is_never_tried_again():
    work = Flaky(OutcomeUnknown("no answer"))

    with pytest.raises(OutcomeUnknown):
        await retry(work, first_wait_s=0.001)

    assert work.calls == 1


async def test_a_bug_leaves_at_once():
    work = Flaky(KeyError("bug"))

    with pytest.raises(KeyError):
        await retry(work, first_wait_s=0.001)

    assert work.calls == 1


async def test_the_last_error_leaves_when_the_tries_are_used_up():
    work = Flaky(*[FeedUnavailable(str(number)) for number in range(9)])

    with pytest.raises(FeedUnavailable, match="2"):
        await retry(work, tries=3, first_wait_s=0.001)

    assert work.calls == 3


def test_waits_double_up_to_the_longest():
    assert list(islice(Waits(first_s=1, longest_s=5, spread=0), 5)) == [1, 2, 4, 5, 5]


def test_waits_are_jittered():
    assert all(0.8 <= next(iter(Waits(first_s=1))) <= 1.2 for _ in range(100))


def test_nonsense_waits_are_refused():
    with pytest.raises(ValueError, match="were 2, 1"):
        Waits(first_s=2, longest_s=1)
