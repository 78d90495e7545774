"""Open the assistant: models in their workers, documents, and the one who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fks_desk.adapters.llm.models import Models, open_models
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.settings import AssistantSettings
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import (
    BacktestDone,
    BalanceMoved,
    HealthMoved,
    HealthState,
    OrderFilled,
    OrderMoved,
    PositionMoved,
    SignalRaised,
)
from fks_desk.core.ports import Publish
from fks_desk.intelligence.ingest import Ingest
from fks_desk.intelligence.orchestrator import AnswerOptions, Orchestrator
from fks_desk.intelligence.prompt import Budget

_TOLD = (BacktestDone, BalanceMoved, OrderFilled, OrderMoved, PositionMoved, SignalRaised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """Hold the parts that answer questions."""

    models: Models
    ingest: Ingest
    orchestrator: Orchestrator
    publish: Publish

    async def warm(self) -> None:
        """Load the models in their workers and say how that went."""
        self._say(HealthState.STARTING, "loading the models")
        try:
            await self.models.start()
        except FKSException as error:
            self._say(HealthState.BAD, error.message, "Choose another file in the settings.")
            return
        has_model = self.models.language_model is not None
        self._say(HealthState.GOOD if has_model else HealthState.OFF, self.models.status)

    async def close(self) -> None:
        """Stop answers and reading, then end the workers."""
        await self.orchestrator.close()
        await self.ingest.close()
        await self.models.close()

    def _say(self, state: HealthState, detail: str, next_step: str = "") -> None:
        self.publish(HealthMoved(part="model", state=state, detail=detail, next_step=next_step))


def open_assistant(
    *,
    settings: AssistantSettings,
    stores: Stores,
    bus: Bus,
    clock: Clock,
    market_now: Callable[[], datetime | None],
) -> Assistant:
    """Return the assistant, listening and reading; nothing heavy is loaded yet."""
    models = open_models(
        ModelOptions(
            embeddings=settings.embeddings,
            model_file=settings.model_file,
            gpu_layers=settings.gpu_layers,
            context_tokens=settings.context_tokens,
        )
    )
    ingest = Ingest(
        journal=stores.journal,
        facts=stores.facts,
        documents=stores.documents,
        embedder=models.embedder,
    )
    for kind in _TOLD:
        bus.subscribe(kind, ingest.on_event)
    return Assistant(
        models=models,
        ingest=ingest,
        orchestrator=Orchestrator(
            facts=stores.facts,
            documents=stores.documents,
            embedder=models.embedder,
            language_model=models.language_model,
            journal=stores.journal,
            clock=clock,
            publish=bus.publish,
            market_now=market_now,
            options=AnswerOptions(budget=Budget(context_tokens=settings.context_tokens)),
        ),
        publish=bus.publish,
    )
