"""Ask the assistant one question without a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.assistant import Assistant, open_assistant
from fks_desk.app.instruments import read_instrument
from fks_desk.app.settings import AssistantSettings
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError, FKSException
from fks_desk.core.ids import new_question_id
from fks_desk.core.messages import AnswerDone, AnswerFailed, AskQuestion, HealthMoved, HealthState
from fks_desk.core.model import Account, AccountId

REPLAY = AccountId("replay")


async def ask(
    text: str,
    *,
    account: str,
    symbol: str | None,
    stores: Stores,
    settings: AssistantSettings,
    clock: Clock,
    tell: Callable[[str], None],
) -> AnswerDone:
    """Return the answer, which the journal keeps; models live only as long as this call.

    `tell` hears about a model that cannot be used; the answer does without it then.
    Raises `ConfigError` for an account or a symbol that is none.
    """
    if not text.strip():
        raise ConfigError('ask something, such as fks-desk ask "why am I long?"')
    owner = await _owner(stores, account)
    # In a replay "today" is the file's day, of which the newest fill is the last sign.
    newest = await stores.trading_writer.last_fill_time(owner.id) if owner.id == REPLAY else None
    bus = Bus()
    bus.subscribe(HealthMoved, lambda health: _tell_bad(health, tell))
    assistant = open_assistant(
        settings=settings, stores=stores, bus=bus, clock=clock, market_now=lambda: newest
    )
    try:
        return await _answered(
            assistant,
            bus,
            AskQuestion(
                question=new_question_id(),
                text=text,
                account=owner.id,
                instrument=read_instrument(symbol, owner.venue) if symbol else None,
            ),
        )
    finally:
        await assistant.close()


def without_models(settings: AssistantSettings) -> AssistantSettings:
    """Return settings that load nothing: search by words, answers from evidence alone."""
    return settings.model_copy(update={"embeddings": "words", "model_file": None})


def fields(text: str, answer: AnswerDone) -> Mapping[str, Any]:
    """Return the answer under names that scripts may rely on."""
    return {
        "question": text,
        "answer": answer.text,
        "model": answer.model,
        "citations": [
            {"number": one.number, "ref": str(one.ref), "excerpt": one.excerpt}
            for one in answer.citations
        ],
    }


def lines(answer: AnswerDone) -> Sequence[str]:
    """Return the answer with its sources for a person."""
    sources = [
        # What the answer says word for word needs no second telling.
        f"  [{one.number}] {one.ref}" + ("" if one.excerpt in answer.text else f": {one.excerpt}")
        for one in answer.citations
    ]
    return [*answer.text.splitlines(), *(["", "Sources:", *sources] if sources else [])]


def _tell_bad(health: HealthMoved, tell: Callable[[str], None]) -> None:
    if health.state is HealthState.BAD:
        tell(health.detail)


async def _owner(stores: Stores, name: str) -> Account:
    accounts = await stores.trading.accounts()
    for account in accounts:
        if account.id == name:
            return account
    known = ", ".join(account.id for account in accounts)
    raise ConfigError(
        f"there is no account {name!r}; the accounts are: {known}"
        if known
        else "there is no account yet; open the desk once with fks-desk, then ask"
    )


async def _answered(assistant: Assistant, bus: Bus, question: AskQuestion) -> AnswerDone:
    answered: asyncio.Future[AnswerDone] = asyncio.get_running_loop().create_future()

    def fail(event: AnswerFailed) -> None:
        answered.set_exception(FKSException(event.reason))

    bus.subscribe(AnswerDone, answered.set_result)
    bus.subscribe(AnswerFailed, fail)
    await assistant.warm()
    # What happened since a desk last ran is not among the documents yet.
    await assistant.ingest.catch_up()
    await assistant.orchestrator.ask(question)
    return await answered
