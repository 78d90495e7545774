"""Pass every text that a user sees through one translation point."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "desk"


def tr(text: str, /, **values: object) -> str:
    """Return the text in the user's language, with `{name}` places filled in."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated
