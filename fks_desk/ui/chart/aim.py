"""Bring a chart to a moment, as soon as the bars that hold it are loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fks_desk.ui.chart.view import ChartView


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    moment_ms: int
    price: float | None
    rings: bool
    then: Callable[[], None] = lambda: None


class Aim:
    """Hold where a chart shall go; `follow` goes there once it can."""

    def __init__(self, view: ChartView) -> None:
        self._view = view
        self._wish: _Wish | None = None

    def go_to(self, moment_ms: int) -> None:
        """Bring a moment to the middle."""
        self._wish = _Wish(moment_ms=moment_ms, price=None, rings=False)
        self.follow()

    def point_at(
        self, moment_ms: int, price: float | None, then: Callable[[], None] = lambda: None
    ) -> None:
        """Bring a moment to the middle and ring it, at a price or over its bar.

        `then` is called once it stands there, and never if another wish comes first.
        """
        self._wish = _Wish(moment_ms=moment_ms, price=price, rings=True, then=then)
        self.follow()

    def follow(self) -> None:
        """Go there once the moment is loaded, or when nothing older is stored."""
        wish, model = self._wish, self._view.model
        if wish is None or not len(model.series):
            return
        if int(model.series.time[0]) > wish.moment_ms and not model.has_all:
            model.want_older(wish.moment_ms)
            return
        self._wish = None
        if wish.rings:
            self._view.point_at(wish.moment_ms, wish.price)
        else:
            self._view.go_to(wish.moment_ms)
        wish.then()
