"""Keep what is drawn on charts, and tell every chart of it."""

from __future__ import annotations

from fks_desk.core.drawings import DeleteDrawings, DrawingsChanged, SaveDrawings
from fks_desk.core.ports import DrawingStore, Publish


class DrawingKeeper:
    """Store drawings before anybody hears of them."""

    def __init__(self, *, store: DrawingStore, publish: Publish) -> None:
        self._store = store
        self._publish = publish

    async def save(self, command: SaveDrawings) -> None:
        """Keep new and changed drawings."""
        await self._store.save_drawings(command.drawings)
        self._publish(DrawingsChanged(saved=command.drawings))

    async def delete(self, command: DeleteDrawings) -> None:
        """Forget drawings."""
        await self._store.delete_drawings(command.ids)
        self._publish(DrawingsChanged(deleted=command.ids))
