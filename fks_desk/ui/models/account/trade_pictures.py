"""Keep a picture of the chart with a round trip, show it, write it out and forget it."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QImage, QImageWriter

from fks_desk.core.clock import Clock
from fks_desk.core.model import Account
from fks_desk.core.nursery import Nursery
from fks_desk.core.pictures import MOST_BYTES, TradePicture, TradePictures
from fks_desk.core.transfers import FileDesk
from fks_desk.ui.models.account.trade_journal import TripRow
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr


class TradePicturesModel(QObject):
    """Bring pictures of one account's round trips in and out, away from the window's loop."""

    changed = Signal()  # a picture came or went
    opened = Signal(object, object)  # TripRow, and QImage or None
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        pictures: TradePictures,
        files: FileDesk,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._pictures = pictures
        self._files = files
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)

    def keep(self, row: TripRow, image: QImage) -> None:
        """Keep a picture with a round trip, in place of one kept before."""
        # A name for each trip, because the loader ends an older work of the same name.
        self._loader.start(lambda: self._keep(row, image), name=f"keep {row.trip.key}")

    def open(self, row: TripRow) -> None:
        """Read a round trip's picture, if it has one, and tell of both."""
        self._loader.start(lambda: self._open(row), name="open a picture")

    def remove(self, row: TripRow) -> None:
        """Forget a round trip's picture."""
        self._loader.start(lambda: self._remove(row), name=f"keep {row.trip.key}")

    def export(self, row: TripRow) -> None:
        """Write a round trip's picture to a file among the exports."""
        self._loader.start(lambda: self._export(row), name="write a picture")

    async def _keep(self, row: TripRow, image: QImage) -> None:
        png = await asyncio.to_thread(as_png, image)
        if not png or len(png) > MOST_BYTES:
            self.notice_changed.emit(
                tr(
                    "The picture would take {size} KB and at most {most} KB are kept; "
                    "make the chart smaller.",
                    size=len(png) // 1024,
                    most=MOST_BYTES // 1024,
                )
                if png
                else tr("The chart has no size now; show it, then take its picture.")
            )
            return
        picture = TradePicture(
            account=self._account.id, trip=row.trip.key, png=png, taken=self._clock.now()
        )
        await self._pictures.save_picture(picture)
        self.changed.emit()
        text = tr("A picture is kept with this trade in {symbol}; F3 shows it.", symbol=row.symbol)
        self.notice_changed.emit(text)

    async def _open(self, row: TripRow) -> None:
        kept = await self._read(row)
        image = None if kept is None else await asyncio.to_thread(as_image, kept.png)
        self.opened.emit(row, image)

    async def _remove(self, row: TripRow) -> None:
        await self._pictures.remove_picture(self._account.id, row.trip.key)
        self.changed.emit()
        self.notice_changed.emit(tr("The picture is gone."))

    async def _export(self, row: TripRow) -> None:
        kept = await self._read(row)
        if kept is None:
            self.notice_changed.emit(tr("This trade has no picture yet; Ins keeps the chart's."))
            return
        symbol = "".join(letter for letter in row.symbol if letter.isalnum())
        name = f"trade-{symbol}-{row.trip.opened:%Y%m%d-%H%M%S}.png"
        path = await self._files.write_bytes(name, kept.png)
        self.notice_changed.emit(tr("The picture is saved as {file}", file=path))

    async def _read(self, row: TripRow) -> TradePicture | None:
        return await self._pictures.picture(self._account.id, row.trip.key)


def as_png(image: QImage) -> bytes:
    """Return an image in PNG's bytes, empty if it has no size."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return bytes(buffer.data().data()) if QImageWriter(buffer, b"png").write(image) else b""


def as_image(png: bytes) -> QImage:
    """Return the image that PNG's bytes hold."""
    return QImage.fromData(png)
