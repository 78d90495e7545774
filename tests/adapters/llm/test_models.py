from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from fks_desk.adapters.llm import sentences
from fks_desk.adapters.llm.models import available, open_models
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.adapters.llm.sentences import SentenceEmbedder
from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.core.errors import ModelError


def test_words_need_nothing_installed():
    models = open_models(ModelOptions(embeddings="words"))

    assert isinstance(models.embedder, WordEmbedder)
    assert models.language_model is None
    assert models.status.startswith("no language model: answers come from evidence alone")


def test_auto_takes_the_sentence_model_where_it_is_installed():
    models = open_models(ModelOptions())

    has_it = available().sentence_transformers and available().packaged_model
    assert isinstance(models.embedder, SentenceEmbedder if has_it else WordEmbedder)


def test_auto_falls_back_to_words(monkeypatch):
    monkeypatch.setattr(sentences, "available", lambda: False)

    assert isinstance(open_models(ModelOptions()).embedder, WordEmbedder)


def test_a_model_asked_for_by_name_is_missed_with_a_remedy(monkeypatch):
    monkeypatch.setattr(sentences, "available", lambda: False)

    with pytest.raises(ModelError, match="install the extra `ai`"):
        open_models(ModelOptions(embeddings="sentence-transformers"))


def test_a_missing_file_leaves_the_desk_with_evidence_alone(tmp_path):
    models = open_models(ModelOptions(embeddings="words", model_file=tmp_path / "none.gguf"))

    assert models.language_model is None
    if importlib.util.find_spec("llama_cpp") is not None:
        assert "there is no file" in models.status


def test_a_missing_library_is_named(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "llama_cpp" else real(name)
    )

    models = open_models(ModelOptions(embeddings="words", model_file=Path("x.gguf")))

    assert "llama-cpp-python is not installed" in models.status
