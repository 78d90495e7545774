"""Open the models that the options ask for and the machine can run."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fks_desk.adapters.llm import sentences
from fks_desk.adapters.llm.llama import LlamaModel
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.adapters.llm.sentences import SentenceEmbedder
from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.core.errors import ModelError
from fks_desk.core.ports import Embedder, LanguageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Say which libraries are installed."""

    sentence_transformers: bool
    packaged_model: bool
    llama: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Hold the open models, a sentence for the health pane, and the ways to warm and end them.

    Nothing heavy is loaded before `start` or the first use.
    """

    embedder: Embedder
    language_model: LanguageModel | None
    status: str
    starts: tuple[Callable[[], Awaitable[None]], ...] = ()
    closes: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def start(self) -> None:
        """Load everything now; raise `ModelError` for the first that cannot be used."""
        for start in self.starts:
            await start()

    async def close(self) -> None:
        """End every process."""
        for close in self.closes:
            await close()


def available() -> Capabilities:
    """Look which libraries are installed, without importing any."""
    return Capabilities(
        sentence_transformers=sentences.available(),
        packaged_model=sentences.packaged_folder() is not None,
        llama=importlib.util.find_spec("llama_cpp") is not None,
    )


def open_models(options: ModelOptions) -> Models:
    """Return the models; raise `ModelError` for an embedding model that is asked for by name.

    A language model that cannot be used is left out, and `status` says why.
    """
    embedder, words = _embedder(options)
    model, model_words = _language_model(options)
    opened = [one for one in (embedder, model) if isinstance(one, SentenceEmbedder | LlamaModel)]
    return Models(
        embedder=embedder,
        language_model=model,
        status=f"{model_words}; {words}",
        starts=tuple(one.start for one in opened),
        closes=tuple(one.close for one in opened),
    )


def _embedder(options: ModelOptions) -> tuple[Embedder, str]:
    by_words = "rows are found by words and by hashed vectors"
    if options.embeddings == "words":
        return WordEmbedder(), by_words
    folder = options.embedding_folder or sentences.packaged_folder()
    if sentences.available() and folder is not None:
        name = folder.name if options.embedding_folder else "all-MiniLM-L6-v2"
        return SentenceEmbedder(folder=folder, name=name), f"rows are found by meaning ({name})"
    if options.embeddings == "sentence-transformers":
        raise ModelError(
            "sentence-transformers or its model is not installed; install the extra `ai`, or set "
            "embeddings to `words`"
        )
    return WordEmbedder(), by_words


def _language_model(options: ModelOptions) -> tuple[LlamaModel | None, str]:
    file = options.model_file
    if file is None:
        return None, "no language model: answers come from evidence alone"
    if importlib.util.find_spec("llama_cpp") is None:
        return None, (
            "llama-cpp-python is not installed (extra `llm`): answers come from evidence alone"
        )
    if not file.is_file():
        return None, f"there is no file {file}: answers come from evidence alone"
    return LlamaModel(file=file, options=options), f"{file.stem} writes the answers"
