"""A notice is posted once, and its address is never told."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fks_desk.adapters.notify.webhook import WebhookNotifier
from fks_desk.core.errors import ConfigError, FeedUnavailable, RateLimitError


class Hook:
    def __init__(self) -> None:
        self.bodies, self.status, self.headers = [], 204, {}

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def hook():
    receiver, app = Hook(), web.Application()
    app.router.add_post("/hook/secret-token", receiver.answer)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/hook/secret-token"))
        receiver.notifier = WebhookNotifier(url=receiver.url, timeout_s=2)
        yield receiver
        await receiver.notifier.close()


async def test_one_notice_is_one_message_that_calls_nobody(hook):
    await hook.notifier.notify("Filled", "bought 0.1 BTC @everyone")

    assert hook.bodies == [
        {
            "content": "**Filled**\nbought 0.1 BTC @everyone",
            "allowed_mentions": {"parse": []},
        }
    ]


async def test_a_long_text_is_cut_to_what_is_taken(hook):
    await hook.notifier.notify("t", "x" * 5000)

    assert len(hook.bodies[0]["content"]) == 2000


async def test_too_many_messages_say_how_long_to_wait(hook):
    hook.status, hook.headers = 429, {"Retry-After": "1.5"}
    with pytest.raises(RateLimitError) as caught:
        await hook.notifier.notify("a", "b")

    assert caught.value.context == {"retry_after_s": 1.5}
    assert len(hook.bodies) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(500, FeedUnavailable), (404, ConfigError), (302, ConfigError)]
)
async def test_other_answers_are_told_apart(hook, status, kind):
    hook.status = status

    with pytest.raises(kind, match=str(status)):
        await hook.notifier.notify("a", "b")


async def test_an_unreachable_hook_does_not_tell_its_address():
    notifier = WebhookNotifier(url="http://127.0.0.1:9/hook/secret-token", timeout_s=1)
    with pytest.raises(FeedUnavailable) as caught:
        await notifier.notify("a", "b")
    await notifier.close()

    assert caught.value.retryable
    assert "secret-token" not in str(caught.value) + repr(notifier)


@pytest.mark.parametrize("url", ["", "ftp://x/y", "http://example.org/hook"])
def test_an_address_that_would_leak_is_refused(url):
    with pytest.raises(ConfigError):
        WebhookNotifier(url=url)
