"""Say which models the assistant uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Embeddings = Literal["auto", "words", "sentence-transformers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Hold the choice of models; the built-in one needs nothing installed.

    `embeddings` may name a folder's model by `embedding_folder`; `gpu_layers` is
    -1 for all. `answer_s` ends an answer that takes too long.
    """

    embeddings: Embeddings = "auto"
    embedding_folder: Path | None = None
    model_file: Path | None = None
    gpu_layers: int = -1
    context_tokens: int = 4096
    threads: int | None = None
    start_s: float = 120.0
    first_token_s: float = 90.0
    answer_s: float = 300.0
