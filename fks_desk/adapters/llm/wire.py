"""Name what the desk and its model process say to one another through their pipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Ask the process to load a model."""

    file: Path
    gpu_layers: int
    context_tokens: int
    threads: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Ask the process to answer a prompt."""

    number: int
    system: str
    prompt: str
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Ask the process to end the answer it writes."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Say that the model is ready, and what it calls itself."""

    name: str
    can_offload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Hand over the next piece of text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Say that the answer is at its end."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Say in a sentence why nothing was loaded or written.

    `needed_tokens` and `held_tokens` are given for a prompt that is too long.
    """

    reason: str
    number: int = 0
    needed_tokens: int = 0
    held_tokens: int = 0


Answer = Loaded | Piece | Written | Refused
Order = Load | Write | Stop
