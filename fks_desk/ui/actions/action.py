"""Describe what a person can do, and where its keys count."""

from __future__ import annotations

from dataclasses import dataclass

# Keys of this context work wherever the focus is; those of any other context only
# while the focus is inside a widget that was bound to it.
WINDOW = "window"
CHART = "chart"
TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Name one thing to do, the keys that do it and the place where they count.

    `id` is dotted and stable (`window.quit`): settings and tests know it. `title`,
    `category` and `help` are already in the user's language. `keys` are written
    as Qt's portable text, chords with a comma: `Ctrl+K`, `?`, `;, C`.
    """

    id: str
    title: str
    category: str
    keys: tuple[str, ...] = ()
    context: str = WINDOW
    help: str = ""
    checkable: bool = False

    def __post_init__(self) -> None:
        if not self.id or not self.title:
            raise ValueError(
                f"an action needs an id and a title, were {self.id!r} and {self.title!r}"
            )
