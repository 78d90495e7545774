"""Post short texts to a webhook that takes what Discord takes.

Format: Discord's execute-webhook endpoint: `content` of at most 2000 characters
and `allowed_mentions`, which is empty here so that no text can call a person.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from fks_desk.core.errors import ConfigError, FeedUnavailable, FKSException, RateLimitError

_LONGEST_TEXT = 2000


class WebhookNotifier:
    """Be a `Notifier` over a webhook; its URL is a secret and shows nowhere."""

    def __init__(self, *, url: str, timeout_s: float = 10.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError("the webhook needs an http or https address")
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ConfigError(f"the webhook at {parts.hostname} needs https")
        self._url = url
        self._host = parts.hostname
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"WebhookNotifier(host={self._host!r})"

    async def notify(self, title: str, text: str) -> None:
        """Deliver plain text, once.

        Raises `RateLimitError` with `retry_after_s` in its context, or
        `FeedUnavailable`, both worth another try, or `ConfigError`.
        """
        body = {
            "content": f"**{title}**\n{text}"[:_LONGEST_TEXT],
            "allowed_mentions": {"parse": []},
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(self._url, json=body, allow_redirects=False) as answer:
                self._check(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # The library's own text may contain the address, which is a secret.
            raise FeedUnavailable(
                f"the webhook at {self._host} is out of reach: {type(error).__name__}"
            ) from None

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _check(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        raise self._error(answer)

    def _error(self, answer: aiohttp.ClientResponse) -> FKSException:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = answer.headers.get("Retry-After", "")
            wait_s = float(wait) if wait.replace(".", "", 1).isdigit() else 1.0
            return RateLimitError(
                f"the webhook at {self._host} asks us to wait {wait_s:g} s", retry_after_s=wait_s
            )
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return FeedUnavailable(f"the webhook at {self._host} answered {answer.status}")
        return ConfigError(
            f"the webhook at {self._host} refused the message with {answer.status}; "
            "check its address"
        )
